"""Wire basics of the training API: keys, bodies, parameters, errors, dates.

An API view subclasses `views.WireView`, is described by `operations.operation`, reads its query with the
declarations of `parameters`, its body with `bodies.read_record`, and answers with `records.answer`.
"""
