package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"imrbot/bot/bolt"
)

// storePlace is where a command finds its store: in a data folder, or where a
// configuration keeps it.
type storePlace struct{ data, config string }

// dataFolder is the data folder when none is named.
const dataFolder = "data"

// addStoreFlags adds --data and --config to a command.
func (p *storePlace) addStoreFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.data, "data", dataFolder, "folder of the store")
	cmd.Flags().StringVar(&p.config, "config", "", "configuration that names the store, instead of --data")
}

// with opens the store, for looking alone unless writing, and gives it to do. A
// store that is not there is bad input; one that the bot has open fails with
// bolt.ErrBusy.
func (p *storePlace) with(notices io.Writer, writing bool, do func(*bolt.Store) error) error {
	path, key, err := p.find(notices)
	if err != nil {
		return err
	}
	store, err := bolt.Open(path, bolt.Options{KeyFile: key, ReadOnly: !writing, Notice: func(text string) { fmt.Fprintln(notices, "imrbot:", text) }})
	if errors.Is(err, bolt.ErrBusy) {
		return fmt.Errorf("%w; most likely imrbot run has it: stop that, do this, and start it again", err)
	}
	if err != nil {
		return err
	}
	return errors.Join(do(store), store.Close())
}

// find returns the path of a store that is there, and of its key file, "" for
// the usual one.
func (p *storePlace) find(notices io.Writer) (path, key string, err error) {
	if p.config == "" {
		path, err = existingStore(p.data)
		return path, "", err
	}
	if p.data != dataFolder {
		return "", "", badInput(errors.New("--data and --config both name a store; give one of them"))
	}
	cfg, err := loadConfig(p.config, os.Environ(), notices)
	if err != nil {
		return "", "", err
	}
	if _, err := os.Stat(cfg.Store.Path); errors.Is(err, fs.ErrNotExist) {
		return "", "", badInput(fmt.Errorf("%s: there is no store; see [store] path in %s", cfg.Store.Path, p.config))
	}
	return cfg.Store.Path, cfg.Store.KeyFile, nil
}
