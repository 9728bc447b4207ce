"""Operations that need a model: quick test, region proposals."""
