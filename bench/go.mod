module github.com/siksik-data/siksik/bench

go 1.26.0

replace github.com/siksik-data/siksik => ..

replace github.com/siksik-data/siksik/connect => ../connect
