"""What a cell computes in one step: a file per relative, each its equations, paper and step."""
