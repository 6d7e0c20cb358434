package chandra

// #include "shim.h"
import "C"

import "sync"

// Code is what an extension point answers: the status codes of the scheduler framework, and those of hints.
type Code int

// The codes.
const (
	Success       Code = iota
	Failed             // Error: it could not be decided
	Unschedulable      // try again after other pods have gone
	Unresolvable       // UnschedulableAndUnresolvable
	Skip               // there is nothing to do
	Pending            // a driver is asked; wait for its answer
	Queue              // hint: try the pod again
	QueueSkip          // hint: the event does not matter to the pod
)

var _ = [1]int{}[QueueSkip-C.CHANDRA_CODE_QUEUE_SKIP]

// String returns the scheduler framework's name of the code, such as "UnschedulableAndUnresolvable".
func (c Code) String() string {
	return C.GoString(C.chandra_code_name(C.enum_chandra_code(c)))
}

// Answer is what an extension point says.
type Answer struct {
	Code   Code
	Reason string // one line that names claim, class, driver and rule; "" for Success
	Status Status // why it Failed, else 0
}

// Err returns an error when the answer is Failed, else nil: a refusal is an answer.
func (a Answer) Err() error {
	if a.Code != Failed {
		return nil
	}
	return &Error{a.Status, a.Reason}
}

// String returns the code, and the reason if there is one.
func (a Answer) String() string {
	if a.Reason == "" {
		return a.Code.String()
	}
	return a.Code.String() + ": " + a.Reason
}

// failed is the answer to a call that could not be made.
func failed(err error) Answer {
	return Answer{Failed, err.Error(), ErrCanceled}
}

var answers = sync.Pool{New: func() any { return new(C.struct_chandra_answer) }}

// ask lets a call fill in an answer. They are large, so they are used again.
func ask(call func(*C.struct_chandra_answer)) Answer {
	answer := answers.Get().(*C.struct_chandra_answer)
	defer answers.Put(answer)
	call(answer)
	return Answer{Code(answer.code), C.GoString(&answer.reason[0]), Status(answer.status)}
}
