package lang

// Print is the canonical spelling of a tree.
func Print(n Node) string { return Sexpr(n, nil) }
