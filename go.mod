module github.com/siksik-data/siksik

go 1.26.0
