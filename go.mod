module nabla

go 1.26
