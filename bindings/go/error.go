package chandra

// #include "shim.h"
import "C"

// Status says what kind of thing went wrong. It is an error itself, so that errors.Is(err, ErrNotFound) works
// for every error of this package.
type Status int

// The statuses of the library. Their numbers never change.
const (
	ErrNoMemory     Status = iota + 1 // out of memory
	ErrInvalid                        // invalid input
	ErrParse                          // syntax error
	ErrLimit                          // limit exceeded
	ErrUnsupported                    // not supported
	ErrIO                             // input or output failed
	ErrNotFound                       // not found
	ErrConflict                       // conflict
	ErrExists                         // already exists
	ErrRejected                       // rejected as invalid by the API server
	ErrGone                           // resource version too old
	ErrUnauthorized                   // unauthorized
	ErrForbidden                      // forbidden
	ErrThrottled                      // too many requests
	ErrTransient                      // transient failure of the API server or the way to it
	ErrAPI                            // other failure of the API server
	ErrScript                         // policy error
	ErrBudget                         // policy ran out of its budget
	ErrCanceled                       // canceled
)

// It does not compile when the lists of both languages disagree.
var _ = [1]int{}[ErrCanceled-C.CHANDRA_ECANCELED]

// Error returns the status in words, such as "out of memory".
func (s Status) Error() string {
	return C.GoString(C.chandra_status_text(C.enum_chandra_status(s)))
}

// Error is a failed call: what kind of failure, and what happened in one line.
type Error struct {
	Status  Status
	Message string
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the status.
func (e *Error) Unwrap() error { return e.Status }

// failure makes an error of a call's status and report.
func failure(status C.enum_chandra_status, report *C.struct_chandra_error) error {
	if status == C.CHANDRA_OK {
		return nil
	}
	return &Error{Status(status), C.GoString(&report.message[0])}
}
