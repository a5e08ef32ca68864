package eval

import (
	"context"
	"time"

	"github.com/siksik-data/siksik/internal/fn"
)

type settingsKey struct{}

// WithSettings returns a context with the settings that functions see when a Worker is called with it. Without, a Worker uses defaults and the
// time at which its Program was compiled.
func WithSettings(ctx context.Context, s *fn.Settings) context.Context {
	return context.WithValue(ctx, settingsKey{}, s)
}

// settingsOf returns the settings of a context, or fallback.
func settingsOf(ctx context.Context, fallback *fn.Settings) *fn.Settings {
	if s, ok := ctx.Value(settingsKey{}).(*fn.Settings); ok {
		return s
	}
	return fallback
}

func defaultSettings() *fn.Settings { return &fn.Settings{NowMicros: time.Now().UnixMicro()} }
