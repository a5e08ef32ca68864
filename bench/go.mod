module github.com/siksik-data/siksik/bench

go 1.26.0

require github.com/siksik-data/siksik v0.0.0

replace github.com/siksik-data/siksik => ..

require github.com/siksik-data/siksik/connect v0.0.0

replace github.com/siksik-data/siksik/connect => ../connect
