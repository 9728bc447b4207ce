"""Operations that need predictions: quick test."""
