"""Test data, made by the product's own services."""
