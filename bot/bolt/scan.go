package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
)

// scan goes through a bucket in the order of its keys and calls fn for each
// value that decode can read. fn runs outside any transaction: a read
// transaction held open while fn waits for a commit could wait for ever, since
// a growing file is mapped anew only when no one reads.
//
// An error of fn or ctx ends the scan and is returned as it is. Values that
// cannot be read are passed over and returned, joined, at the end: one damaged
// value must not hide all others.
func scan[T any](ctx context.Context, s *Store, bucket string, decode func(tx *bbolt.Tx, key, value []byte) (T, error), fn func(T) error) error {
	var after []byte
	var page []T
	var damage problems
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		page, more = page[:0], false
		err := s.view(func(tx *bbolt.Tx) error {
			c := tx.Bucket([]byte(bucket)).Cursor()
			k, v := c.Seek(after)
			if k != nil && after != nil && bytes.Equal(k, after) {
				k, v = c.Next()
			}
			for n := 0; k != nil; k, v = c.Next() {
				if n == pageRows {
					more = true
					return nil
				}
				n++
				after = append(after[:0], k...)
				if value, err := decode(tx, k, v); err != nil {
					damage.add(err)
				} else {
					page = append(page, value)
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("read %s: %w", bucket, err)
		}
		for _, value := range page {
			if err := fn(value); err != nil {
				return err
			}
		}
	}
	return damage.err()
}

// problems collects errors, and counts those beyond maxProblems.
type problems struct {
	errs []error
	more int
}

func (p *problems) add(err error) {
	if len(p.errs) < maxProblems {
		p.errs = append(p.errs, err)
		return
	}
	p.more++
}

// err returns nil when there was no problem.
func (p *problems) err() error {
	if p.more > 0 {
		return errors.Join(errors.Join(p.errs...), fmt.Errorf("and %d more", p.more))
	}
	return errors.Join(p.errs...)
}
