module github.com/siksik-data/siksik/examples

go 1.26.0

require github.com/siksik-data/siksik v0.0.0

replace github.com/siksik-data/siksik => ..

require github.com/siksik-data/siksik/connect v0.0.0

replace github.com/siksik-data/siksik/connect => ../connect

require github.com/siksik-data/siksik/bench v0.0.0

replace github.com/siksik-data/siksik/bench => ../bench
