package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

const (
	// The time limits of the bot's own web server: an update of a few
	// kilobytes needs none of them, a slow attacker all.
	httpHeaderTime = 10 * time.Second
	httpReadTime   = 30 * time.Second
	httpWriteTime  = time.Minute
	httpIdleTime   = 2 * time.Minute
	httpHeaderSize = 16 << 10
	httpStopTime   = 10 * time.Second
	// silence is how long Telegram may not be heard before the bot says that
	// it is not ready: three polls.
	silence = 3 * time.Minute
)

// webServer is the bot's own web server; the zero value is one that is off.
type webServer struct {
	listener net.Listener
	server   *http.Server
}

// listen starts the web server, if the configuration wants one.
func (s *service) listen() (webServer, error) {
	if !s.cfg.HTTP.On() {
		return webServer{}, nil
	}
	listener, err := net.Listen("tcp", s.cfg.HTTP.Listen)
	if err != nil {
		return webServer{}, badInput(fmt.Errorf("[http] listen = %q: %w", s.cfg.HTTP.Listen, err))
	}
	web := webServer{listener: listener, server: &http.Server{
		Handler: s.routes(), ReadHeaderTimeout: httpHeaderTime, ReadTimeout: httpReadTime,
		WriteTimeout: httpWriteTime, IdleTimeout: httpIdleTime, MaxHeaderBytes: httpHeaderSize,
	}}
	go func() {
		if err := web.server.Serve(listener); err != nil && err != http.ErrServerClosed {
			s.stop(fmt.Errorf("web server: %w", err))
		}
	}()
	return web, nil
}

// address is where the server listens, "off" without one.
func (w webServer) address() string {
	if w.listener == nil {
		return "off"
	}
	return w.listener.Addr().String()
}

// close lets the requests under way finish.
func (w webServer) close() {
	if w.server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), httpStopTime)
	defer cancel()
	if w.server.Shutdown(ctx) != nil {
		w.server.Close()
	}
}

// routes are the addresses of the web server.
func (s *service) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if why := s.notReady(); why != "" {
			http.Error(w, why, http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	if t := s.cfg.Telegram; t.On() && t.Webhook() {
		mux.Handle("/telegram", s.telegram.Handler(t.WebhookSecret.Reveal(), s.broken))
	}
	return mux
}

// notReady says why enrollees are not served just now, "" when they are.
func (s *service) notReady() string {
	switch {
	case s.sender.Full():
		return "too many messages wait to be sent"
	case !s.cfg.Telegram.Webhook() && time.Since(s.telegram.Heard()) > silence:
		return "Telegram was not heard"
	}
	return ""
}
