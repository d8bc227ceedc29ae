"""The words every room shares; standard library and numpy only."""
