"""The models of Custom Vision's wire, version 3.4-preview (training) and 3.1 (prediction).

A field is written `name:type` and marks: `*` required, `-` set by the server alone, `!` declared never null,
`?` declared nullable; neither of the two where the clients declare nothing. `[x]` is an array, `{x}` an object of
any names. A capital begins another model or an enumeration.
"""

from pathlib import Path

MODELS: dict[str, str] = {
    "BoundingBox": "left:number*! top:number*! width:number*! height:number*!",
    "CreateProjectOptions": "exportModelContainerUri:string! notificationQueueUri:string!",
    "CustomBaseModelInfo": "projectId:uuid*! iterationId:uuid*!",
    "CustomVisionError": "code:CustomVisionErrorCodes* message:string*",
    "Domain": (
        "id:uuid-! name:string-! type:DomainType-! exportable:boolean-! enabled:boolean-! "
        "exportablePlatforms:[string]- modelInformation:ModelInformation-"
    ),
    "Export": (
        "platform:ExportPlatform-! status:ExportStatus-! downloadUri:string- flavor:ExportFlavor-? "
        "newerVersionAvailable:boolean-!"
    ),
    "Image": (
        "id:uuid-! created:date-time-! width:integer-! height:integer-! resizedImageUri:string- "
        "thumbnailUri:string- originalImageUri:string- tags:[ImageTag]-? regions:[ImageRegion]-? "
        "metadata:{string}-?"
    ),
    "ImageCreateResult": "sourceUrl:string-! status:ImageCreateStatus-! image:Image-",
    "ImageCreateSummary": "isBatchSuccessful:boolean-! images:[ImageCreateResult]-",
    "ImageFileCreateBatch": "images:[ImageFileCreateEntry] tagIds:[uuid] metadata:{string}?",
    "ImageFileCreateEntry": "name:string! contents:base64 tagIds:[uuid] regions:[Region]",
    "ImageIdCreateBatch": "images:[ImageIdCreateEntry] tagIds:[uuid] metadata:{string}?",
    "ImageIdCreateEntry": "id:uuid! tagIds:[uuid] regions:[Region]",
    "ImageMetadataUpdateEntry": "imageId:uuid! status:ImageMetadataUpdateStatus! metadata:{string}?",
    "ImageMetadataUpdateSummary": "isBatchSuccessful:boolean-! images:[ImageMetadataUpdateEntry]-",
    "ImagePerformance": (
        "predictions:[Prediction]-? id:uuid-! created:date-time-! width:integer-! height:integer-! "
        "imageUri:string- thumbnailUri:string- tags:[ImageTag]-? regions:[ImageRegion]-?"
    ),
    "ImagePrediction": "id:uuid-! project:uuid-! iteration:uuid-! created:date-time-! predictions:[Prediction]-",
    "ImageProcessingSettings": "augmentationMethods:{boolean}?",
    "ImageRegion": (
        "regionId:uuid-! tagName:string-! created:date-time-! tagId:uuid*! left:number*! top:number*! "
        "width:number*! height:number*!"
    ),
    "ImageRegionCreateBatch": "regions:[ImageRegionCreateEntry]",
    "ImageRegionCreateEntry": "imageId:uuid*! tagId:uuid*! left:number*! top:number*! width:number*! height:number*!",
    "ImageRegionCreateResult": (
        "imageId:uuid-! regionId:uuid-! tagName:string-! created:date-time-! tagId:uuid*! left:number*! "
        "top:number*! width:number*! height:number*!"
    ),
    "ImageRegionCreateSummary": (
        "created:[ImageRegionCreateResult]? duplicated:[ImageRegionCreateEntry]? exceeded:[ImageRegionCreateEntry]?"
    ),
    "ImageRegionProposal": "projectId:uuid-! imageId:uuid-! proposals:[RegionProposal]-",
    "ImageTag": "tagId:uuid-! tagName:string-! created:date-time-!",
    "ImageTagCreateBatch": "tags:[ImageTagCreateEntry]",
    "ImageTagCreateEntry": "imageId:uuid! tagId:uuid!",
    "ImageTagCreateSummary": (
        "created:[ImageTagCreateEntry]? duplicated:[ImageTagCreateEntry]? exceeded:[ImageTagCreateEntry]?"
    ),
    "ImageUrl": "url:string*!",
    "ImageUrlCreateBatch": "images:[ImageUrlCreateEntry] tagIds:[uuid] metadata:{string}?",
    "ImageUrlCreateEntry": "url:string*! tagIds:[uuid] regions:[Region]",
    "Iteration": (
        "id:uuid-! name:string*! status:string-! created:date-time-! lastModified:date-time-! "
        "trainedAt:date-time-? projectId:uuid-! exportable:boolean-! exportableTo:[string]- domainId:uuid-? "
        "classificationType:Classifier-? trainingType:TrainingType-! reservedBudgetInHours:integer-! "
        "trainingTimeInMinutes:integer-! publishName:string-! originalPublishResourceId:string-! "
        "customBaseModelInfo:CustomBaseModelInfo- trainingErrorDetails:string-"
    ),
    "IterationPerformance": (
        "perTagPerformance:[TagPerformance]- precision:number-! precisionStdDeviation:number-! "
        "recall:number-! recallStdDeviation:number-! averagePrecision:number-?"
    ),
    "ModelInformation": "estimatedModelSizeInMegabytes:integer description:string*!",
    "Prediction": "probability:number-! tagId:uuid-! tagName:string-? boundingBox:BoundingBox-? tagType:TagType-?",
    "PredictionQueryResult": "token:PredictionQueryToken results:[StoredImagePrediction]-",
    "PredictionQueryTag": "id:uuid! minThreshold:number! maxThreshold:number!",
    "PredictionQueryToken": (
        "session:string! continuation:string! maxCount:integer! orderBy:OrderBy! tags:[PredictionQueryTag] "
        "iterationId:uuid? startTime:date-time? endTime:date-time? application:string!"
    ),
    "Project": (
        "id:uuid-! name:string*! description:string*? settings:ProjectSettings* created:date-time-! "
        "lastModified:date-time-! thumbnailUri:string- drModeEnabled:boolean-? status:ProjectStatus!"
    ),
    "ProjectExport": (
        "iterationCount:integer-! imageCount:integer-! tagCount:integer-! regionCount:integer-! "
        "estimatedImportTimeInMS:integer-! token:string-!"
    ),
    "ProjectSettings": (
        "domainId:uuid! classificationType:Classifier? targetExportPlatforms:[string] "
        "useNegativeSet:boolean-? detectionParameters:string-! "
        "imageProcessingSettings:ImageProcessingSettings exportModelContainerUri:string-? "
        "notificationQueueUri:string-?"
    ),
    "Region": "tagId:uuid*! left:number*! top:number*! width:number*! height:number*!",
    "RegionProposal": "confidence:number-! boundingBox:BoundingBox-",
    "StoredImagePrediction": (
        "resizedImageUri:string- thumbnailUri:string- originalImageUri:string- domain:uuid-! id:uuid-! "
        "project:uuid-! iteration:uuid-! created:date-time-! predictions:[Prediction]-"
    ),
    "StoredSuggestedTagAndRegion": (
        "width:integer-! height:integer-! resizedImageUri:string- thumbnailUri:string- "
        "originalImageUri:string- domain:uuid-! id:uuid-! project:uuid-! iteration:uuid-! created:date-time-! "
        "predictions:[Prediction]- predictionUncertainty:number-!"
    ),
    "SuggestedTagAndRegion": (
        "id:uuid-! project:uuid-! iteration:uuid-! created:date-time-! predictions:[Prediction]- "
        "predictionUncertainty:number-!"
    ),
    "SuggestedTagAndRegionQuery": "token:SuggestedTagAndRegionQueryToken results:[StoredSuggestedTagAndRegion]-",
    "SuggestedTagAndRegionQueryToken": (
        "tagIds:[uuid] threshold:number! session:string! continuation:string! maxCount:integer! sortBy:SortBy!"
    ),
    "Tag": "id:uuid-! name:string*! description:string*? type:TagType*! imageCount:integer-!",
    "TagFilter": "tagIds:[uuid] threshold:number!",
    "TagPerformance": (
        "id:uuid-! name:string-! precision:number-! precisionStdDeviation:number-! recall:number-! "
        "recallStdDeviation:number-! averagePrecision:number-?"
    ),
    "TrainingParameters": "selectedTags:[uuid] customBaseModelInfo:CustomBaseModelInfo",
}

ENUMERATIONS: dict[str, tuple[str, ...]] = {
    "Classifier": ("Multiclass", "Multilabel"),
    "DomainType": ("Classification", "ObjectDetection"),
    "ExportFlavor": ("Linux", "Windows", "ONNX10", "ONNX12", "ARM", "TensorFlowNormal", "TensorFlowLite"),
    "ExportPlatform": ("CoreML", "TensorFlow", "DockerFile", "ONNX", "VAIDK", "OpenVino"),
    "ExportStatus": ("Exporting", "Failed", "Done"),
    "ImageCreateStatus": (
        "OK",
        "OKDuplicate",
        "ErrorSource",
        "ErrorImageFormat",
        "ErrorImageSize",
        "ErrorStorage",
        "ErrorLimitExceed",
        "ErrorTagLimitExceed",
        "ErrorRegionLimitExceed",
        "ErrorUnknown",
        "ErrorNegativeAndRegularTagOnSameImage",
        "ErrorImageDimensions",
        "ErrorInvalidTag",
    ),
    "ImageMetadataUpdateStatus": ("OK", "ErrorImageNotFound", "ErrorLimitExceed", "ErrorUnknown"),
    "OrderBy": ("Newest", "Oldest", "Suggested"),
    "ProjectStatus": ("Succeeded", "Importing", "Failed"),
    "SortBy": ("UncertaintyAscending", "UncertaintyDescending"),
    "TagType": ("Regular", "Negative", "GeneralProduct"),
    "TrainingType": ("Regular", "Advanced"),
    "CustomVisionErrorCodes": tuple(Path(__file__).with_name("codes.txt").read_text().split()),
}
