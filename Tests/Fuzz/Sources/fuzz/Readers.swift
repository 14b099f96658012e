import Credentials
import Encodings
import Foundation
import PKI
import Profiles
import Sheets
import Storefronts
import TransparencyLog

/// One reader of outside bytes. It must return or throw, never trap, and what it accepts must keep the promise stated
/// beside it.
let readers: [String: @Sendable ([UInt8]) -> Void] = [
  "control": brokenReader,
  // What was read is written canonically, and reads back the same.
  "json": { bytes in
    guard let value = attempt({ try JSON.parse(bytes) }) else { return }
    let written = value.canonical()
    // 1.0 comes back as the integer 1: the same bytes, not the same case.
    guard let again = attempt({ try JSON.parse(written) }), again.canonical() == written else {
      return broken("canonical JSON does not read back")
    }
  },
  // One spelling for each value.
  "base64": { bytes in
    if let value = Base64URL.decode(bytes), Base64URL.encodeBytes(value) != bytes {
      broken("base64url has two spellings")
    }
    if let value = Base64.decode(bytes), Array(Base64.encode(value).utf8) != bytes {
      broken("base64 has two spellings")
    }
    if let value = Base58.decode(bytes), Array(Base58.encode(value).utf8) != bytes {
      broken("base58 has two spellings")
    }
    if let value = Hex.decode(bytes), Array(Hex.encode(value).utf8) != bytes.map(ASCII.lower) {
      broken("hex has two spellings")
    }
    if let id = attempt({ try CredentialID(reading: bytes) }),
      attempt({ try CredentialID(reading: id.description) }) != id
    {
      broken("an id does not read back")
    }
    _ = BadgeLink.read(bytes, host: "khatm.example", alsoRecord: true)
    _ = SearchWords.pattern(String(decoding: bytes, as: UTF8.self))
  },
  "instant": { bytes in
    let text = String(decoding: bytes, as: UTF8.self)
    if let moment = Instant(rfc3339: text), Instant(rfc3339: moment.description) != moment {
      broken("a moment does not read back")
    }
    _ = Instant(xsdDateTime: text)
    if let day = CivilDate(text), CivilDate(day.description) != day { broken("a day does not read back") }
  },
  "token": { bytes in
    guard let token = attempt({ try CompactJWS.parse(bytes) }) else { return }
    _ = attempt { try token.certificateChain() }
    if let payload = attempt({ try token.payloadObject() }) {
      _ = attempt { try MembershipCredential(payload: payload) }
      _ = attempt { try StatusListCredential(payload: payload) }
      _ = attempt { try TrustList(payload: payload) }
    }
    let written =
      Base64URL.encodeBytes(token.headerBytes) + [0x2E] + Base64URL.encodeBytes(token.payload) + [0x2E]
      + Base64URL.encodeBytes(token.signature)
    if written != bytes { broken("a token has two spellings") }
  },
  // The payloads behind a signature, as if it had held.
  "payload": { bytes in
    guard let payload = attempt({ try JSONObject.parse(bytes) }), let flat = attempt({ try FlatJSON.object(bytes) })
    else { return }
    if attempt({ try MembershipCredential(payload: payload) }) != attempt({ try MembershipCredential(payload: flat) }) {
      broken("a credential reads otherwise in place")
    }
    if FlatJSON(payload).tree != flat.tree { broken("a tree does not come back") }
    _ = attempt { try VerifiableCredential(payload: payload) }
    _ = attempt { try StatusListCredential(payload: payload) }
    _ = attempt { try TrustList(payload: payload) }
    _ = attempt { try JWK(payload) }
    _ = attempt { try JWK.set(payload) }
  },
  "input": { bytes in _ = attempt { try CredentialInput.read(bytes) } },
  "did": { bytes in
    _ = attempt { try DIDDocument(bytes, of: "did:web:dubai-chamber.example") }
    guard let text = Text(validating: bytes) else { return }
    _ = attempt { try DIDWeb(text) }
    if let key = attempt({ try Multikey.decode(text) }), attempt({ try Multikey.encode(key) }) != text.string {
      broken("a multikey has two spellings")
    }
  },
  "statuslist": { bytes in
    guard let text = Text(validating: bytes), let list = attempt({ try BitstringStatusList(encodedList: text) }) else {
      return
    }
    _ = attempt { try list.encodedList() }
  },
  "gzip": { bytes in _ = attempt { try Gzip.decompress(bytes, limit: 1 << 20) } },
  "certificate": { bytes in
    if let certificate = attempt({ try Certificate(der: bytes) }) {
      if certificate.der != bytes { broken("a certificate is not the bytes it was read from") }
      _ = (
        certificate.subject, certificate.issuer, certificate.dnsNames, certificate.policies, certificate.pem
      )
      _ = attempt {
        try validateChain(
          [certificate, certificate],
          anchors: [certificate],
          crls: [],
          at: certificate.notBefore,
          rules: ChainRules()
        )
      }
    }
    _ = attempt { try Certificate(pem: bytes) }
    _ = attempt { try PublicKey(subjectPublicKeyInfo: bytes) }
  },
  "crl": { bytes in
    if let list = attempt({ try RevocationList(der: bytes) }) { _ = (list.contains([1, 2, 3]), list.pem, list.issuer) }
    _ = attempt { try RevocationList(pem: bytes) }
  },
  "png": { bytes in
    picture([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + bytes.dropFirst(8))
    picture(bytes)
  },
  "svg": { bytes in picture(bytes) },
  "html": { bytes in
    guard let page = URLResolver.absolute(Array("https://shop.example/a/b".utf8)) else { return }
    let options = ScanOptions(
      page: page,
      verifyHost: "khatm.example",
      headerCharset: bytes.first.map { $0 & 1 == 0 ? "utf-8" : "windows-1256" },
      programmeWords: ["trusted membership"]
    )
    _ = attempt { try LinkScanner.scan(bytes, options: options) }
  },
  "address": { bytes in
    if let page = attempt({ try PageAddress.read(bytes, platforms: platforms) }) {
      guard let again = attempt({ try PageAddress.read(page.requestURL.bytes, platforms: platforms) }),
        again.key == page.key
      else { return broken("an address has another key when it is read again") }
    }
    if let page = URLResolver.absolute(Array("https://shop.example/a/b?c".utf8)) {
      _ = URLResolver.resolve(bytes, base: page)
    }
    if let host = Text(validating: bytes) {
      _ = (LookalikeHost.imitates(host, verifyHost: "khatm.example"), Skeleton.of(host), Skeleton.mixesScripts(host))
    }
    _ = attempt { try Binding.forIssue(bytes, rules: BindingRules(platforms: platforms, publicSuffixes: .fallback)) }
  },
  "platforms": { bytes in _ = attempt { try PlatformTable(json: bytes) } },
  "suffixes": { bytes in _ = PublicSuffixes(list: bytes)?.registrableDomain(of: "a.b.c.example") },
  // The authority's own files, but read before anybody has looked at them.
  "yaml": { bytes in
    _ = attempt { try ProfileSet.load([(name: "trusted-membership.yaml", bytes: bytes)]) }
    _ = attempt { try SampleWorld(chambers: bytes, plan: bytes, pages: bytes) }
  },
  "csv": { bytes in
    guard let today = CivilDate("2026-11-22") else { return }
    let judge: SheetRules.StorefrontJudge = { _ in .accepted(platform: nil) }
    let rules = SheetRules(
      chambers: [.init(slug: "dubai", jurisdiction: "AE-DU")],
      today: today,
      platforms: ["alibaba"],
      judgeStorefront: judge,
      judgeWebsite: judge,
      skeleton: { Skeleton.of($0).bytes }
    )
    _ = MemberSheet.read(bytes, rules: rules)
  },
  "note": { bytes in
    if let note = attempt({ try SignedNote.parse(bytes) }) {
      if note.bytes != bytes { broken("a note has two spellings") }
      _ = attempt { try Checkpoint.parse(text: note.text) }
    }
    _ = attempt { try VerifierKey(String(decoding: bytes, as: UTF8.self)) }
    _ = attempt { try NoteSignature.parse(lines: bytes) }
  },
  "proof": { bytes in
    if let proof = attempt({ try LogProof.parse(bytes) }), let extra = proof.extra {
      _ = attempt { try ProofExtra.parse(extra) }
    }
    _ = attempt { try ProofExtra.parse(bytes) }
    _ = attempt { try AddCheckpointRequest.parse(bytes) }
    if let tile = attempt({ try Tile(path: bytes) }), Array(tile.path.utf8) != bytes { broken("a tile has two paths") }
    _ = attempt { try EntryBundle.decode(bytes, width: Int(bytes.first ?? 0)) }
    if let entry = attempt({ try LogEntry.parse(bytes) }), entry.bytes != bytes { broken("an entry has two spellings") }
  },
]

/// For the negative control: a reader that is wrong for one word only.
private func brokenReader(_ bytes: [UInt8]) { if bytes.starts(with: Array("khatm".utf8)) { broken("the control") } }

private func picture(_ bytes: [UInt8]) {
  guard let found = attempt({ try Picture.read(bytes) }) else { return }
  guard let read = found, read.content == nil,
    let baked = attempt({ try Picture.bake(.token(Array("eyJhIjoxfQ.e30.AA".utf8)), into: bytes) })
  else { return }
  guard let again = attempt({ try Picture.read(baked) }), again?.content != nil else {
    return broken("a picture that was baked does not read back")
  }
}

/// The sample platforms, as khatm publishes them; `KHATM_PLATFORMS` names the file.
let platforms: PlatformTable = {
  guard let path = ProcessInfo.processInfo.environment["KHATM_PLATFORMS"],
    let data = FileManager.default.contents(atPath: path),
    let table = attempt({ try PlatformTable(json: Array(data)) })
  else { return .empty }
  return table
}()

func attempt<T>(_ body: () throws -> T) -> T? {
  do {
    return try body()
  } catch {
    return nil
  }
}

/// A promise of a reader does not hold: as bad as a crash, and told the same way.
func broken(_ what: String) {
  FileHandle.standardError.write(Data("broken: \(what)\n".utf8))
  abort()
}
