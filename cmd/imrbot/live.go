package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"imrbot/bot/bolt"
)

// A running bot has its store for itself. A command that needs the store of a
// running bot is therefore carried out by that bot: the command line goes to it
// through a socket beside the store, and what it prints comes back. The socket
// can be reached by the user alone that the bot runs as.

// socketOf is the path of the socket of the bot that runs on the store at path.
func socketOf(path string) string { return filepath.Join(path+".live", "socket") }

const (
	liveCalls   = 4                // commands carried out at once
	liveRequest = 64 << 10         // bytes of a command line
	liveHello   = 10 * time.Second // to send it
	liveWrite   = 30 * time.Second // to take a piece of what is printed
)

// request is a command line for a running bot.
type request struct {
	Args []string `json:"args"`
	Dir  string   `json:"dir"` // in which relative paths are meant
}

// piece is a part of what a command prints, or its end.
type piece struct {
	Out   []byte `json:"out,omitempty"`
	Err   []byte `json:"err,omitempty"`
	End   bool   `json:"end,omitempty"`
	Error string `json:"error,omitempty"` // of the end; "" when all went well
	Bad   bool   `json:"bad,omitempty"`   // the error is about the input
}

// liveKey finds, in the context of a command, the bot that carries it out.
type liveKey struct{}

// liveStore is the store of the bot that carries a command out, and the bot.
type liveStore struct {
	*service
	dir string
}

// liveIn returns the bot that carries the command out, if one does.
func liveIn(cmd *cobra.Command) (liveStore, bool) {
	live, ok := cmd.Context().Value(liveKey{}).(liveStore)
	return live, ok
}

// argsKey finds the command line in a command's context.
type argsKey struct{}

// inDir is a path as whoever called the command means it.
func inDir(cmd *cobra.Command, path string) string {
	if live, ok := liveIn(cmd); ok && path != "" && !filepath.IsAbs(path) {
		return filepath.Join(live.dir, path)
	}
	return path
}

// storeFlags tell a command which store is meant.
type storeFlags struct{ data, config string }

// addStoreFlags adds --data and --config to a command.
func addStoreFlags(cmd *cobra.Command, f *storeFlags) {
	cmd.Flags().StringVar(&f.data, "data", "data", "folder of the store")
	cmd.Flags().StringVar(&f.config, "config", "", "configuration file that names the store, in place of --data")
}

// find returns where the store and its key lie.
func (f *storeFlags) find(cmd *cobra.Command) (path string, opt bolt.Options, err error) {
	if f.config == "" {
		return filepath.Join(f.data, storeFile), opt, nil
	}
	if cmd.Flags().Changed("data") {
		return "", opt, badInput(errors.New("--data and --config both name a store: give one of them"))
	}
	cfg, err := loadConfig(f.config, os.Environ(), cmd.ErrOrStderr())
	if err != nil {
		return "", opt, err
	}
	return cfg.Store.Path, bolt.Options{KeyFile: cfg.Store.KeyFile}, nil
}

// look calls fn with the store, opened for looking.
func (f *storeFlags) look(cmd *cobra.Command, fn func(*bolt.Store) error) error {
	return f.open(cmd, true, fn)
}

// change calls fn with the store, opened for writing.
func (f *storeFlags) change(cmd *cobra.Command, fn func(*bolt.Store) error) error {
	return f.open(cmd, false, fn)
}

// open calls fn with the store. When a bot is running on it, the bot carries out
// the whole command instead. There has to be a store: none is made.
func (f *storeFlags) open(cmd *cobra.Command, readOnly bool, fn func(*bolt.Store) error) error {
	if live, ok := liveIn(cmd); ok {
		return fn(live.store)
	}
	path, opt, err := f.find(cmd)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		where := "name its folder with --data"
		if f.config != "" {
			where = "see [store] path in " + f.config
		}
		return badInput(fmt.Errorf("%s: there is no store; %s", path, where))
	}
	if args, ok := cmd.Context().Value(argsKey{}).([]string); ok {
		switch err := callLive(cmd.Context(), path, args, cmd.OutOrStdout(), cmd.ErrOrStderr()); {
		case err == nil:
			return errCarriedOut
		case !errors.Is(err, errNobody):
			return err
		}
	}
	opt.ReadOnly = readOnly
	opt.Notice = func(text string) { fmt.Fprintln(cmd.ErrOrStderr(), "imrbot:", text) }
	store, err := bolt.Open(path, opt)
	if errors.Is(err, bolt.ErrBusy) {
		return fmt.Errorf("%w; most likely imrbot run has it: stop that, do this, and start it again", err)
	}
	if err != nil {
		return err
	}
	return errors.Join(fn(store), store.Close())
}

// errCarriedOut ends a command that a running bot has carried out, all of it.
// It is no failure.
var errCarriedOut = errors.New("carried out by the running bot")

// errNobody: no bot is running on the store.
var errNobody = errors.New("no bot is running on this store")

// callLive has the bot that runs on the store at path carry out a command. It
// fails with errNobody when there is none, else as the command does.
func callLive(ctx context.Context, path string, args []string, out, errOut io.Writer) error {
	conn, err := (&net.Dialer{Timeout: liveHello}).DialContext(ctx, "unix", socketOf(path))
	if err != nil {
		return errNobody
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := json.NewEncoder(conn).Encode(request{args, dir}); err != nil {
		return fmt.Errorf("ask the running bot: %w", err)
	}
	for pieces := json.NewDecoder(conn); ; {
		var p piece
		if err := pieces.Decode(&p); err != nil {
			return errors.New("the running bot ended before the command did")
		}
		if _, err := out.Write(p.Out); err != nil {
			return err
		}
		if _, err := errOut.Write(p.Err); err != nil {
			return err
		}
		switch {
		case p.End && p.Error == "":
			return nil
		case p.End && p.Bad:
			return badInput(errors.New(p.Error))
		case p.End:
			return errors.New(p.Error)
		}
	}
}

// liveServer carries out commands for others.
type liveServer struct {
	service  *service
	listener net.Listener // nil where there can be no socket
	calls    sync.WaitGroup
	room     chan struct{}
	ended    chan struct{}
}

// listenLive opens the socket beside the store, in a folder of its own that only
// this user can enter. Another's socket in its place is a dead one: we hold the
// store's lock. Where there can be no socket the bot runs without it.
func (s *service) listenLive() *liveServer {
	l := &liveServer{service: s, room: make(chan struct{}, liveCalls), ended: make(chan struct{})}
	path := socketOf(s.cfg.Store.Path)
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.Chmod(filepath.Dir(path), 0o700)
	}
	if err == nil {
		_ = os.Remove(path) // what else is wrong with it, Listen says
		l.listener, err = net.Listen("unix", path)
	}
	if err != nil {
		s.log.Warn("commands cannot reach the running bot: there can be no socket beside the store; stop the bot to use them", "error", err)
		close(l.ended)
		return l
	}
	go l.serve()
	return l
}

// serve carries out commands until the listener is closed.
func (l *liveServer) serve() {
	defer close(l.ended)
	for {
		conn, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.room <- struct{}{}
		l.calls.Go(func() {
			defer func() { <-l.room }()
			defer conn.Close()
			l.call(conn)
		})
	}
}

// close ends the listening and waits for the commands under way.
func (l *liveServer) close() {
	if l.listener != nil {
		l.listener.Close()
	}
	<-l.ended
	l.calls.Wait()
}

// call carries out one command. When its caller goes away, it is ended.
func (l *liveServer) call(conn net.Conn) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_ = conn.SetReadDeadline(time.Now().Add(liveHello))
	in := bufio.NewReaderSize(io.LimitReader(conn, liveRequest), 4096)
	var req request
	if err := json.NewDecoder(in).Decode(&req); err != nil {
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	go func() {
		_, _ = io.Copy(io.Discard, io.LimitReader(conn, liveRequest)) // nothing more comes but the end
		cancel()
	}()
	w := &pieceWriter{conn: conn, enc: json.NewEncoder(conn)}
	root := newRootCommand()
	root.SetArgs(req.Args)
	root.SetIn(eof{})
	root.SetOut(w.as(func(p []byte) piece { return piece{Out: p} }))
	root.SetErr(w.as(func(p []byte) piece { return piece{Err: p} }))
	end := piece{End: true}
	if found, _, err := root.Find(req.Args); err != nil || found.Annotations[forLive] == "" {
		end.Error = "the bot is running on this store, and this command cannot be carried out meanwhile: stop it first"
	} else if err := root.ExecuteContext(context.WithValue(ctx, liveKey{}, liveStore{l.service, req.Dir})); err != nil {
		var bad usageError
		end.Error, end.Bad = err.Error(), errors.As(err, &bad)
	}
	_ = w.put(end)
}

// forLive marks commands that a running bot may carry out.
const forLive = "live"

// alsoLive marks a command as one that a running bot may carry out.
func alsoLive(cmd *cobra.Command) *cobra.Command {
	cmd.Annotations = map[string]string{forLive: "yes"}
	return cmd
}

// pieceWriter sends what a command prints.
type pieceWriter struct {
	mu   sync.Mutex
	conn net.Conn
	enc  *json.Encoder
}

func (w *pieceWriter) put(p piece) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.conn.SetWriteDeadline(time.Now().Add(liveWrite))
	return w.enc.Encode(p)
}

func (w *pieceWriter) as(wrap func([]byte) piece) io.Writer {
	return writerFunc(func(p []byte) error { return w.put(wrap(p)) })
}

type writerFunc func([]byte) error

func (f writerFunc) Write(p []byte) (int, error) {
	if err := f(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// eof is an input that has ended.
type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }
