package bolt

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"imrbot/bot"
	"imrbot/dialog"
)

// sealedIntake is an intake ready to be put.
type sealedIntake struct {
	key   refKey
	value []byte
	kept  bool // by an erasure
}

func (j *turnJob) sealIntakes(t *bot.Turn) error {
	for _, in := range t.Intakes {
		sealed, err := j.sealIntake(in)
		if err != nil {
			return err
		}
		sealed.kept = t.Forget && slices.Contains(t.Keep, in.Ref)
		j.intakes = append(j.intakes, sealed)
	}
	return nil
}

func (j *turnJob) sealIntake(in dialog.Intake) (sealedIntake, error) {
	key, err := parseRef(in.Ref)
	if err != nil {
		return sealedIntake{}, fmt.Errorf("intake: %w", err)
	}
	raw, err := json.Marshal(in)
	if err != nil {
		return sealedIntake{}, fmt.Errorf("intake %s: %w", in.Ref, err)
	}
	if len(raw) > maxIntake {
		return sealedIntake{}, fmt.Errorf("intake %s of %d bytes: %w", in.Ref, len(raw), ErrLimit)
	}
	value := seal(j.key.aead, bucketIntakes, key[:], j.chat[:], raw)
	j.bytes += len(value)
	return sealedIntake{key: key, value: value}, nil
}

func (t *txn) putIntake(chat hashed, in sealedIntake) error {
	if err := t.intakes.Put(in.key[:], in.value); err != nil {
		return fmt.Errorf("intake: %w", err)
	}
	return putOwned(t.owned, chat, ownedIntake, in.key[:], in.kept)
}

// Intake returns the intake of a reference. It fails with bot.ErrNotFound when
// there is none, with ErrRef when ref is not written as a reference is, and
// with ErrDamaged.
func (s *Store) Intake(ctx context.Context, ref string) (dialog.Intake, error) {
	if err := ctx.Err(); err != nil {
		return dialog.Intake{}, err
	}
	key, err := parseRef(ref)
	if err != nil {
		return dialog.Intake{}, err
	}
	var in dialog.Intake
	err = s.view(func(tx *bbolt.Tx) error {
		value := tx.Bucket([]byte(bucketIntakes)).Get(key[:])
		if value == nil {
			return fmt.Errorf("intake %s: %w", key, bot.ErrNotFound)
		}
		in, err = s.decodeIntake(tx, key[:], value)
		return err
	})
	return in, err
}

// Intakes calls fn for every intake, in the order of their references: by year,
// then by number. An error of fn ends the listing and is returned; damaged
// intakes are passed over and named in the error at the end.
func (s *Store) Intakes(ctx context.Context, fn func(dialog.Intake) error) error {
	return scan(ctx, s, bucketIntakes, s.decodeIntake, fn)
}

func (s *Store) decodeIntake(tx *bbolt.Tx, key, value []byte) (dialog.Intake, error) {
	if len(key) != len(refKey{}) {
		return dialog.Intake{}, fmt.Errorf("%w: intake's key of %d bytes", ErrDamaged, len(key))
	}
	ref := refKey(key)
	owner := headOf(value, hashSize)
	if owner == nil {
		return dialog.Intake{}, fmt.Errorf("intake %s: %w: value of %d bytes is cut short", ref, ErrDamaged, len(value))
	}
	plain, err := s.openOwned(tx, bucketIntakes, key, hashed(owner), value, hashSize)
	if err != nil {
		return dialog.Intake{}, fmt.Errorf("intake %s: %w", ref, err)
	}
	var in dialog.Intake
	if err := json.Unmarshal(plain, &in); err != nil {
		return dialog.Intake{}, fmt.Errorf("intake %s: %w: %w", ref, ErrDamaged, err)
	}
	return in, nil
}
