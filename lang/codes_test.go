package lang

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/errors.md")

const errorsPage = "../docs/errors.md"

func TestTheReferenceOfErrorsIsUpToDate(t *testing.T) {
	if *update {
		if err := os.WriteFile(errorsPage, []byte(ErrorsPage()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(errorsPage)
	if err != nil || string(got) != ErrorsPage() {
		t.Errorf("docs/errors.md is stale: go test ./lang -update (%v)", err)
	}
}
