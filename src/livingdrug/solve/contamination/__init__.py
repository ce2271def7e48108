"""Leukaemic cells in a product that hide their antigen: how many, and what becomes of them."""
