package main

// The connectors that the program has. Importing one registers it.
import (
	_ "github.com/siksik-data/siksik/connect/postgres"
	_ "github.com/siksik-data/siksik/connect/s3"
	_ "github.com/siksik-data/siksik/connect/sqlite"
)
