module github.com/siksik-data/siksik/connect

go 1.26

require github.com/siksik-data/siksik v0.0.0

replace github.com/siksik-data/siksik => ..
