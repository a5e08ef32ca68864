package op

type sharedStore struct{}
