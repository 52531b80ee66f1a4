package main

// usageError marks an error that whoever called the command can put right: a
// flag, a file, a value in it. The program ends with status 2 for these, and
// with 1 for every other error.
type usageError struct{ err error }

// Error is the message of the error inside.
func (e usageError) Error() string { return e.err.Error() }

// Unwrap gives the error inside to errors.Is and errors.As.
func (e usageError) Unwrap() error { return e.err }

// badInput marks err as a usageError; nil stays nil.
func badInput(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}
