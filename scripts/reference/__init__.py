"""What the generated parts of ``docs/reference`` print, one module a page."""
