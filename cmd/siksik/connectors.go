package main

// The connectors that the program has. Importing one registers it.
import (
	_ "github.com/siksik-data/siksik/connect/sqlite"
)
