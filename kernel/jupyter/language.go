package jupyter

import (
	"runtime/debug"
	"sync"
)

// Version is that of the build.
var Version = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "0-devel"
	}
	return info.Main.Version
})

// languageInfo tells front ends what they edit. The highlighters are ones that every front end carries; of those,
// Julia's reads the most of ours: Unicode operators and names, transposes, # for comments.
func languageInfo() map[string]any {
	return map[string]any{
		"name":               "nabla",
		"version":            Version(),
		"mimetype":           "text/x-nabla",
		"file_extension":     ".nabla",
		"pygments_lexer":     "julia",
		"codemirror_mode":    "julia",
		"nbconvert_exporter": "script",
	}
}

var helpLinks = []map[string]string{
	{"text": "Dive into Deep Learning 5.3", "url": "https://d2l.ai/chapter_multilayer-perceptrons/backprop.html"},
	{"text": "The Matrix Cookbook", "url": "https://www2.imm.dtu.dk/pubdb/pubs/3274-full.html"},
}
