package dialog

import (
	"encoding/json"
	"fmt"
)

// envelope is an event or effect with its kind beside it.
type envelope struct {
	Kind string          `json:"kind"`
	Data json.RawMessage `json:"data"`
}

// EncodeEvent returns an event as JSON, with its kind.
func EncodeEvent(e Event) ([]byte, error) { return encode(e.kind(), e) }

// EncodeEffect returns an effect as JSON, with its kind.
func EncodeEffect(e Effect) ([]byte, error) { return encode(e.kind(), e) }

func encode(kind string, v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return json.Marshal(envelope{kind, data})
}

// DecodeEvent reads what EncodeEvent wrote. It fails on an unknown kind.
func DecodeEvent(raw []byte) (Event, error) {
	var env envelope
	if err := json.Unmarshal(raw, &env); err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	switch env.Kind {
	case Started{}.kind():
		return decode[Started](env)
	case Resumed{}.kind():
		return decode[Resumed](env)
	case Said{}.kind():
		return decode[Said](env)
	case Edited{}.kind():
		return decode[Edited](env)
	case Pressed{}.kind():
		return decode[Pressed](env)
	case Sent{}.kind():
		return decode[Sent](env)
	case Received{}.kind():
		return decode[Received](env)
	case Shared{}.kind():
		return decode[Shared](env)
	case StatusSet{}.kind():
		return decode[StatusSet](env)
	case Reminded{}.kind():
		return decode[Reminded](env)
	case Missed{}.kind():
		return decode[Missed](env)
	}
	return nil, fmt.Errorf("event: kind %q is unknown", clip(env.Kind))
}

// DecodeEffect reads what EncodeEffect wrote. It fails on an unknown kind.
func DecodeEffect(raw []byte) (Effect, error) {
	var env envelope
	if err := json.Unmarshal(raw, &env); err != nil {
		return nil, fmt.Errorf("effect: %w", err)
	}
	switch env.Kind {
	case Say{}.kind():
		return decode[Say](env)
	case OpenTicket{}.kind():
		return decode[OpenTicket](env)
	case StoreIntake{}.kind():
		return decode[StoreIntake](env)
	case GiveData{}.kind():
		return decode[GiveData](env)
	case Forget{}.kind():
		return decode[Forget](env)
	}
	return nil, fmt.Errorf("effect: kind %q is unknown", clip(env.Kind))
}

func decode[T any](env envelope) (T, error) {
	var v T
	if err := json.Unmarshal(env.Data, &v); err != nil {
		return v, fmt.Errorf("%s: %w", env.Kind, err)
	}
	return v, nil
}
