package typescript

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rtgen/rtgen/generator/internal/bundle"
	"github.com/rtgen/rtgen/spec"
)

// optionsUse is what a program may and may not do with the goldens of the options.
var optionsUse = map[string]struct {
	opts Options
	use  string
}{
	"dates": {Options{Dates: DatesDate}, `
import { createClient, unwrap, type Meeting } from './index.js';

export async function use(): Promise<number> {
  const client = createClient();
  const at = new Date();
  const all = await unwrap(client.listMeetings({ query: { day: at, since: at } }));
  const meeting: Meeting = all[0]!;
  // @ts-expect-error readOnly
  meeting.created = at;
  // @ts-expect-error no text
  const text: string = meeting.at;
  // @ts-expect-error the path is not in the document
  client.get('/meeting');
  // @ts-expect-error a channel's address is text
  client.channel('calendar', { day: at });
  client.channel('calendar', { day: '2026-01-01' }).on('meeting.moved', ({ ends }) => ends?.getTime());
  const made = await client.post('/meetings', { body: { at, ends: null, what: { kind: 'break', at: text } } });
  if (made.status === 201) return made.body.at.getTime();
  return meeting.what?.kind === 'talk' ? meeting.what.at.getTime() : 0;
}
`},
	"temporal": {Options{Dates: DatesTemporal}, `
import { createClient, unwrap } from './index.js';

declare global {
  namespace Temporal {
    class Instant { static from(text: string): Instant; epochMilliseconds: number; toJSON(): string }
    class PlainDate { static from(text: string): PlainDate; year: number; toJSON(): string }
  }
}
export async function use(): Promise<number> {
  const client = createClient();
  // @ts-expect-error no text
  client.getEntry({ path: { day: '2026-01-01' } });
  const { at, day } = await unwrap(client.getEntry({ path: { day: Temporal.PlainDate.from('2026-01-01') } }));
  return at.epochMilliseconds + day.year;
}
`},
	"bigints": {Options{BigInt: true}, `
import { createHttpClient, unwrap } from './index.js';

export async function use(): Promise<number> {
  const client = createHttpClient();
  // @ts-expect-error no number
  client.getEntry({ path: { id: 1 } });
  const { id, ids, count, ratio } = await unwrap(client.getEntry({ path: { id: 1n } }));
  const sum: bigint = id + (ids?.[0] ?? 0n);
  return Number(sum) + (count ?? 0) * (ratio ?? 0);
}
`},
	"brands": {Options{Brands: true}, `
import { createClient, isFormat, unwrap, type Branded, type Person } from './index.js';

export async function use(text: string): Promise<string> {
  const client = createClient();
  // @ts-expect-error any string
  client.getPerson({ path: { id: text } });
  if (!isFormat('uuid', text)) return text;
  const person: Person = await unwrap(client.getPerson({ path: { id: text } }));
  // @ts-expect-error another format
  const mail: Branded<'email'> = person.id;
  return person.mail?.toUpperCase() ?? person.name ?? mail;
}
`},
	"validate": {Options{Validate: true}, `
import { createClient, createHttpClient, RtgenError, type ValidateOptions, type Violation } from './index.js';

export async function use(options: ValidateOptions): Promise<readonly Violation[] | undefined> {
  createHttpClient(options);
  const client = createClient({ validate: false, autoConnect: false });
  try {
    await client.getItem({ path: { id: 'a' } });
  } catch (error) {
    if (error instanceof RtgenError && error.code === 'validation') return error.violations;
  }
  return undefined;
}
`},
}

// TestOptionsInTypes compiles a program with the client of each option, under the strictest settings,
// then one with all options at once under the loosest settings too.
func TestOptionsInTypes(t *testing.T) {
	t.Parallel()
	for name, c := range optionsUse {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := emitGolden(t, name, c.opts)
			if _, err := bundle.JavaScript(files, Entry); err != nil {
				t.Error(err)
			}
			files["use.ts"] = []byte(c.use)
			mustCompile(t, writeFiles(t, files), strictest, "use.ts")
			if name != "dates" {
				return // one of the documents is enough for all options at once
			}
			all := emitGolden(t, name, Options{Dates: DatesTemporal, Brands: true, BigInt: true, Validate: true})
			mustCompile(t, writeFiles(t, all), strictest, Entry)
			mustCompile(t, writeFiles(t, all), loosest, Entry)
		})
	}
}

// emitGolden emits the client of a golden case.
func emitGolden(t *testing.T, name string, opts Options) map[string][]byte {
	t.Helper()
	api, _, err := spec.Load("openapi.yaml", spec.FS(os.DirFS(filepath.Join("..", "..", "..", "golden", name))))
	if err != nil {
		t.Fatal(err)
	}
	files, _, err := Emit(api, opts)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestNoOptionNoTrace guards the promise that nobody pays for what is not chosen.
func TestNoOptionNoTrace(t *testing.T) {
	t.Parallel()
	for name := range optionsUse {
		files := emitGolden(t, name, Options{})
		if _, ok := files[valuesFile]; ok {
			t.Errorf("%s: %s is emitted without an option", name, valuesFile)
		}
		for file, text := range files {
			if !strings.HasPrefix(file, RuntimeDir) && strings.Contains(string(text), "convert") {
				t.Errorf("%s: %s mentions convert", name, file)
			}
		}
	}
}
