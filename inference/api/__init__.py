"""Operations that need a model or its stored predictions."""
