package console

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"imrbot/bot"
)

// maxSameName is how many files of one name a folder may hold.
const maxSameName = 1000

// document puts the file of a row into the folder and says where it is. What
// goes wrong is said too, and ends no conversation: it can be asked for again.
func (c *Console) document(ctx context.Context, row bot.Outgoing) (bot.Outcome, error) {
	file, err := c.Document(ctx, row)
	if errors.Is(err, bot.ErrNotFound) {
		return bot.Outcome{Dead: true, Reason: "what the document is of was erased"}, nil
	}
	if ctx.Err() != nil {
		return bot.Outcome{}, ctx.Err()
	}
	path := ""
	if err == nil {
		path, err = putNew(c.Folder, file.Name, file.Data)
	}
	if err != nil {
		fmt.Fprintf(c.Notices, "imrbot: the file could not be written: %v\n", err)
		return bot.Outcome{Dead: true, Reason: "the document could not be made or written"}, nil
	}
	fmt.Fprintf(c.Notices, "imrbot: the file is here: %s\n", path)
	return bot.Outcome{}, nil
}

// putNew writes a file that only its owner can read, under a name that is free:
// name.zip, name-2.zip, and so on. It returns its path. After an error no file is
// there.
func putNew(folder, name string, data []byte) (path string, err error) {
	ext := filepath.Ext(name)
	for n := 1; n <= maxSameName; n++ {
		path = filepath.Join(folder, name)
		if n > 1 {
			path = filepath.Join(folder, fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), n, ext))
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = f.Write(data)
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			os.Remove(path)
			return "", err
		}
		return path, nil
	}
	return "", fmt.Errorf("%s: there are %d files of that name already", filepath.Join(folder, name), maxSameName)
}
