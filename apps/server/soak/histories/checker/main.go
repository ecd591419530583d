// Checks whether histories are linearizable: go run . HISTORY.json [SECONDS]
//
// A history holds the operations on the log of a module and those on some of its rows. Prints a line for each of
// the two and ends with 0 where both are linearizable, with 1 where one is not, and with 2 where it could not
// be decided in time.
package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/anishathalye/porcupine"
)

// Operation is what a client asked for and what it was answered. Times are nanoseconds of one clock.
type Operation struct {
	Client int    `json:"client"`
	Call   int64  `json:"call"`
	Return int64  `json:"return"`
	Input  Input  `json:"input"`
	Output Output `json:"output"`
	// Whether no answer came: the operation may have happened at any time after the call, or never.
	Unknown bool `json:"unknown"`
}

// Input is what was asked: append, list and last of a log; get, put, cas and all of rows.
type Input struct {
	Kind  string `json:"kind"`
	Row   int    `json:"row"`
	Value string `json:"value"`
	// The revision that a cas demands.
	Revision int `json:"revision"`
}

// Output is what was answered.
type Output struct {
	// "done", "refused" where a cas found another revision, "unchanged" where a get found the revision it named.
	Outcome  string   `json:"outcome"`
	ID       int      `json:"id"`
	Value    string   `json:"value"`
	Values   []string `json:"values"`
	Revision int      `json:"revision"`
}

type history struct {
	Log  []Operation `json:"log"`
	Rows []Operation `json:"rows"`
	// The rows when the history begins.
	Initial []struct {
		Value    string `json:"value"`
		Revision int    `json:"revision"`
	} `json:"initial"`
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	var all history
	if err := json.Unmarshal(text, &all); err != nil {
		panic(err)
	}
	seconds := 60
	if len(os.Args) > 2 {
		if seconds, err = strconv.Atoi(os.Args[2]); err != nil {
			panic(err)
		}
	}
	initial := make([]row, len(all.Initial))
	for at, each := range all.Initial {
		initial[at] = row{each.Value, each.Revision}
	}
	limit := time.Duration(seconds) * time.Second
	log := check("log", logModel(), all.Log, limit)
	rows := check("rows", rowsModel(initial), all.Rows, limit)
	if rows > log {
		os.Exit(rows)
	}
	os.Exit(log)
}

func check(name string, model porcupine.NondeterministicModel, operations []Operation, limit time.Duration) int {
	clients := 0
	for _, operation := range operations {
		if operation.Client >= clients {
			clients = operation.Client + 1
		}
	}
	events := make([]porcupine.Operation, 0, len(operations))
	for _, operation := range operations {
		event := porcupine.Operation{
			ClientId: operation.Client,
			Input:    operation,
			Output:   operation.Output,
			Call:     operation.Call,
			Return:   operation.Return,
		}
		if operation.Unknown {
			// It may overlap with all that its client did later: it gets a client of its own.
			event.ClientId, event.Return = clients, math.MaxInt64
			clients++
		}
		events = append(events, event)
	}
	result := porcupine.CheckOperationsTimeout(model.ToModel(), events, limit)
	fmt.Printf("%s: %d operations, %s\n", name, len(events), result)
	switch result {
	case porcupine.Ok:
		return 0
	case porcupine.Illegal:
		return 1
	default:
		return 2
	}
}

// entries is a log as a list that shares its tails: equal logs are the same pointer or have equal chains.
type entries struct {
	before *entries
	value  string
	length int
}

func (log *entries) equal(other *entries) bool {
	for log != other {
		if log == nil || other == nil || log.length != other.length || log.value != other.value {
			return false
		}
		log, other = log.before, other.before
	}
	return true
}

func (log *entries) holds(values []string) bool {
	for at := len(values) - 1; at >= 0; at-- {
		if log == nil || log.value != values[at] {
			return false
		}
		log = log.before
	}
	return log == nil
}

func logModel() porcupine.NondeterministicModel {
	return porcupine.NondeterministicModel{
		Init: func() []any { return []any{(*entries)(nil)} },
		Step: func(state, input, output any) []any {
			log, operation, answer := state.(*entries), input.(Operation), output.(Output)
			length := 0
			if log != nil {
				length = log.length
			}
			switch operation.Input.Kind {
			case "append":
				longer := &entries{log, operation.Input.Value, length + 1}
				if operation.Unknown {
					return []any{log, longer}
				}
				return only(answer.ID == length+1, longer)
			case "list":
				return only(log.holds(answer.Values), log)
			case "last":
				return only(answer.ID == length && (log == nil || log.value == answer.Value), log)
			}
			panic("unknown operation " + operation.Input.Kind)
		},
		Equal: func(a, b any) bool { return a.(*entries).equal(b.(*entries)) },
	}
}

// unseen is the revision of a row whose last write was not answered: nobody has seen it yet.
const unseen = -1

type row struct {
	value    string
	revision int
}

func rowsModel(initial []row) porcupine.NondeterministicModel {
	return porcupine.NondeterministicModel{
		Init: func() []any { return []any{initial} },
		Step: func(state, input, output any) []any {
			return stepRows(state.([]row), input.(Operation), output.(Output))
		},
		Equal: func(a, b any) bool {
			one, other := a.([]row), b.([]row)
			for at := range one {
				if one[at] != other[at] {
					return false
				}
			}
			return true
		},
	}
}

func stepRows(rows []row, operation Operation, answer Output) []any {
	input := operation.Input
	if input.Kind == "all" {
		for at, value := range answer.Values {
			if rows[at].value != value {
				return nil
			}
		}
		return only(len(answer.Values) == len(rows), rows)
	}
	current := rows[input.Row]
	with := func(changed row) []row {
		copied := append([]row(nil), rows...)
		copied[input.Row] = changed
		return copied
	}
	written := row{input.Value, answer.Revision}
	if operation.Unknown {
		written.revision = unseen
	}
	// A revision that nobody has seen is whichever one the answer names first.
	is := func(revision int) bool { return current.revision == revision || current.revision == unseen }
	switch input.Kind {
	case "get":
		if !is(answer.Revision) || (answer.Outcome == "done" && current.value != answer.Value) {
			return nil
		}
		return []any{with(row{current.value, answer.Revision})}
	case "put":
		if operation.Unknown {
			return []any{rows, with(written)}
		}
		return []any{with(written)}
	case "cas":
		switch {
		case operation.Unknown && current.revision == input.Revision:
			return []any{rows, with(written)}
		case operation.Unknown:
			return []any{rows}
		case answer.Outcome == "refused":
			return only(current.revision != input.Revision, rows)
		default:
			// Whoever demands a revision has seen it: one that nobody has seen is another one.
			return only(current.revision == input.Revision, with(written))
		}
	}
	panic("unknown operation " + input.Kind)
}

func only(isPossible bool, state any) []any {
	if !isPossible {
		return nil
	}
	return []any{state}
}
