module github.com/abivet/abivet

go 1.26.8
