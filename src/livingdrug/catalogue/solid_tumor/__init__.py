"""Models of engineered cells against solid tumours."""
