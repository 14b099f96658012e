// Reads a log folder of Khatm with the packages of the Go checksum database, which share no code with Khatm, and checks everything in it.
//
//	go-log FOLDER
//
// FOLDER holds the published log (checkpoint, tile/…) and
//
//	log.vkey        the log's verifier key
//	witness.vkey    a witness's verifier key, optional; every checkpoint must then bear its cosignature
//	checkpoints/*   checkpoints of earlier sizes, signed
//	proofs/*        .tlog-proof files; proofs/<name>.entry is the entry that <name>.tlog-proof is about
//
// Checked: every note; the tiles against the last root; every inclusion proof of every entry; consistency between any two checkpoints;
// every proof file. Prints one line of counts, or the first thing that is wrong, and then exits with 1.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func check(err error, format string, args ...interface{}) {
	if err != nil {
		fail("%s: %v", fmt.Sprintf(format, args...), err)
	}
}

func fail(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

// cosigner verifies C2SP cosignature/v1, which package note leaves to its users.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(c.key, append([]byte(head), msg...), sig[8:])
}

func newCosigner(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(strings.TrimSpace(vkey), "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("no verifier key")
	}
	data, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(data) != 33 || data[0] != 4 {
		return nil, errors.New("no cosignature key")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), data...))
	hash := binary.BigEndian.Uint32(sum[:])
	if fmt.Sprintf("%08x", hash) != parts[1] {
		return nil, errors.New("key ID of the witness is wrong")
	}
	return &cosigner{parts[0], hash, ed25519.PublicKey(data[1:])}, nil
}

// tiles reads C2SP paths for the tiles that package tlog asks for.
type tiles struct{ folder string }

func (t tiles) Height() int                             { return 8 }
func (t tiles) SaveTiles(tiles []tlog.Tile, _ [][]byte) {}
func (t tiles) ReadTiles(list []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range list {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		path = strings.Replace(path, "tile/data/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(t.folder, path))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

type checkpoint struct {
	tree tlog.Tree
	text string
}

func open(message []byte, verifiers note.Verifiers, wanted int, origin string) checkpoint {
	opened, err := note.Open(message, verifiers)
	check(err, "checkpoint")
	if len(opened.Sigs) != wanted {
		fail("%d signatures of known keys, not %d", len(opened.Sigs), wanted)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != origin || lines[3] != "" {
		fail("checkpoint text %q", opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err, "size")
	root, err := tlog.ParseHash(lines[2])
	check(err, "root")
	return checkpoint{tlog.Tree{N: size, Hash: root}, opened.Text}
}

func entries(folder string, size int64) [][]byte {
	var all [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := 256
		if rest := size - n*256; rest < 256 {
			width = int(rest)
		}
		path := tlog.Tile{H: 8, L: -1, N: n, W: width}.Path()
		path = strings.Replace(path, "tile/8/data/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(folder, path))
		check(err, "bundle")
		for i := 0; i < width; i++ {
			if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
				fail("%s: cut", path)
			}
			length := int(binary.BigEndian.Uint16(data))
			all = append(all, data[2:2+length])
			data = data[2+length:]
		}
		if len(data) != 0 {
			fail("%s: %d bytes too many", path, len(data))
		}
	}
	return all
}

// proofFile checks a .tlog-proof by its text form.
func proofFile(file string, verifiers note.Verifiers, wanted int, origin string) {
	data, err := os.ReadFile(file)
	check(err, "proof")
	entry, err := os.ReadFile(strings.TrimSuffix(file, ".tlog-proof") + ".entry")
	check(err, "entry")
	head, message, found := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || lines[0] != "c2sp.org/tlog-proof@v1" {
		fail("%s: no proof file", file)
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		_, err := base64.StdEncoding.Strict().DecodeString(lines[0][6:])
		check(err, "%s: extra", file)
		lines = lines[1:]
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	check(err, "%s: index", file)
	var path tlog.RecordProof
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		check(err, "%s: path", file)
		path = append(path, hash)
	}
	c := open(message, verifiers, wanted, origin)
	check(tlog.CheckRecord(path, c.tree.N, c.tree.Hash, index, tlog.RecordHash(entry)), "%s", file)
}

func main() {
	if len(os.Args) != 2 {
		fail("usage: go-log FOLDER")
	}
	folder := os.Args[1]
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(folder, name))
		check(err, "folder")
		return data
	}
	vkey := strings.TrimSpace(string(read("log.vkey")))
	verifier, err := note.NewVerifier(vkey)
	check(err, "log.vkey")
	known := []note.Verifier{verifier}
	if data, err := os.ReadFile(filepath.Join(folder, "witness.vkey")); err == nil {
		witness, err := newCosigner(string(data))
		check(err, "witness.vkey")
		known = append(known, witness)
	}
	verifiers := note.VerifierList(known...)
	last := open(read("checkpoint"), verifiers, len(known), verifier.Name())

	// The tiles, as the checksum database's client reads them, and the tree built anew from the entries.
	reader := tlog.TileHashReader(last.tree, tiles{folder})
	var stored []tlog.Hash
	storedReader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var all []tlog.Hash
		for _, i := range indexes {
			all = append(all, stored[i])
		}
		return all, nil
	})
	list := entries(folder, last.tree.N)
	for i, entry := range list {
		hashes, err := tlog.StoredHashes(int64(i), entry, storedReader)
		check(err, "entry %d", i)
		stored = append(stored, hashes...)
	}
	root, err := tlog.TreeHash(last.tree.N, reader)
	check(err, "root from tiles")
	if root != last.tree.Hash {
		fail("the tiles have another root")
	}
	if root, err = tlog.TreeHash(last.tree.N, storedReader); err != nil || root != last.tree.Hash {
		fail("the entries have another root")
	}
	for i, entry := range list {
		proof, err := tlog.ProveRecord(last.tree.N, int64(i), reader)
		check(err, "inclusion %d", i)
		check(tlog.CheckRecord(proof, last.tree.N, last.tree.Hash, int64(i), tlog.RecordHash(entry)), "inclusion %d", i)
	}

	names, err := filepath.Glob(filepath.Join(folder, "checkpoints", "*"))
	check(err, "checkpoints")
	var trees []tlog.Tree
	for _, name := range names {
		data, err := os.ReadFile(name)
		check(err, "checkpoint")
		trees = append(trees, open(data, verifiers, len(known), verifier.Name()).tree)
	}
	sort.Slice(trees, func(a, b int) bool { return trees[a].N < trees[b].N })
	pairs := 0
	for a := range trees {
		for b := a; b < len(trees); b++ {
			if trees[a].N == 0 {
				continue
			}
			proof, err := tlog.ProveTree(trees[b].N, trees[a].N, storedReader)
			check(err, "consistency %d to %d", trees[a].N, trees[b].N)
			check(tlog.CheckTree(proof, trees[b].N, trees[b].Hash, trees[a].N, trees[a].Hash), "consistency %d to %d", trees[a].N, trees[b].N)
			pairs++
		}
	}
	files, err := filepath.Glob(filepath.Join(folder, "proofs", "*.tlog-proof"))
	check(err, "proofs")
	for _, file := range files {
		proofFile(file, verifiers, len(known), verifier.Name())
	}
	fmt.Printf("ok: %d entries, %d inclusion proofs, %d checkpoints, %d consistency pairs, %d proof files\n",
		len(list), len(list), len(trees), pairs, len(files))
}
