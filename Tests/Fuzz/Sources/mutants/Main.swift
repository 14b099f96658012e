import Credentials
import Encodings
import Foundation
import LogClients
import Messages
import PKI
import Storefronts
import Verification

/// Changes what chambers and the authority signed, and shows it to the verifier: nothing may be accepted.
///
///     mutants PUBLIC ANCHOR TOKENS BUNDLES COUNT SEED [lax]
///
/// PUBLIC is a published folder, ANCHOR its root (PEM), TOKENS a file of compact tokens, one a line, BUNDLES a folder
/// of bundles. First each part of 50 bundles is put in the place of the same part of every other. Prints one JSON
/// object. Between the mutants everything is shown unchanged too, taken apart and put together again: those must be
/// accepted, or the run proves nothing. `lax` at the end is the negative control: a reader that skips what is no digit
/// of base64url, and one that looks at no proof; both must be found out.
@main struct Main {
  static func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }
  static func all(_ folder: String, _ suffix: String) throws -> [[UInt8]] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(suffix) }.sorted().map {
      try read("\(folder)/\($0)")
    }
  }

  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 7 || arguments.dropFirst(7) == ["lax"], let count = Int(arguments[5]),
      let seed = UInt64(arguments[6])
    else {
      FileHandle.standardError.write(Data("usage: mutants PUBLIC ANCHOR TOKENS BUNDLES COUNT SEED [lax]\n".utf8))
      exit(2)
    }
    let folder = arguments[1]
    let root = try Certificate(pem: try read(arguments[2]))
    let tokens = try read(arguments[3]).split(separator: 0x0A).map { Array($0) }
    let trustBytes = try read(folder + "/.well-known/chamber-trust-list.jwt")
    let trust = Trust(
      anchors: [root],
      files: TrustFiles(
        trustList: trustBytes,
        certificates: try all(folder + "/certs", ".cer"),
        crls: try all(folder + "/crl", ".crl"),
        platforms: try read(folder + "/platforms.json")
      )
    )
    let host = try JSONObject.parse(try read(folder + "/authority.json"))["host"]?.string ?? ""
    let now = Instant(seconds: Int64(Date().timeIntervalSince1970))
    let snapshot = TrustSnapshot(trust: trust, host: host)
    let verifier = CachingVerifier()
    func reading(_ list: [UInt8], _ url: Text) -> StatusReading {
      Verifier(snapshot).read(statusList: list, url: url, at: now, using: verifier.authentication)
    }
    // Every list of the folder, by its address.
    var lists: [(url: Text, bytes: [UInt8])] = []
    for chamber in try FileManager.default.contentsOfDirectory(atPath: folder + "/status").sorted() {
      for purpose in ["revocation", "suspension"] {
        for series in try FileManager.default.contentsOfDirectory(atPath: "\(folder)/status/\(chamber)/\(purpose)")
          .sorted() where !series.hasPrefix(".")
        {
          lists.append(
            (
              Text("https://\(host)/status/\(chamber)/\(purpose)/\(series)"),
              try read("\(folder)/status/\(chamber)/\(purpose)/\(series)")
            )
          )
        }
      }
    }
    let readings = Dictionary(
      uniqueKeysWithValues: lists.map { ($0.url, reading($0.bytes, $0.url)) }
    )
    let isLax = arguments.count == 8
    func evidence(_ credential: AuthenticatedCredential) -> Evidence {
      var evidence = Evidence(under: snapshot)
      for url in credential.statusLists { evidence.statusLists[url] = readings[url] }
      return evidence
    }
    func genuine(_ given: [UInt8]) -> Bool {
      let token = isLax ? lenient(given) : given
      return verifier.verify(token, under: snapshot, at: now) { credential, _ in evidence(credential) }
        .axes.authenticity == .genuine
    }
    func accepted(list: [UInt8], _ url: Text) -> Bool {
      if case .list = reading(list, url) { true } else { false }
    }
    func accepted(trust bytes: [UInt8]) -> Bool {
      do {
        _ = try TrustList.read(bytes, root: root.publicKey, rootSHA256: root.sha256)
        return true
      } catch {
        return false
      }
    }
    func wrapped(_ token: [UInt8]) -> [UInt8] {
      ([
        "@context": "https://www.w3.org/ns/credentials/v2", "type": "EnvelopedVerifiableCredential",
        "id": JSON("data:application/vc+jwt," + String(decoding: token, as: UTF8.self)),
      ] as JSON).canonical()
    }
    func genuine(input: [UInt8]) -> Bool {
      do {
        return try CredentialInput.read(input).items.contains { item in
          switch item {
          case .token(let token):
            verifier.verify(token, under: snapshot, at: now) { credential, _ in evidence(credential) }
              .axes.authenticity == .genuine
          case .document(let document):
            verifier.verify(document: document, under: snapshot, at: now, evidence: evidence).axes.authenticity
              == .genuine
          }
        }
      } catch { return false }
    }
    func again(_ token: [UInt8]) -> [UInt8] {
      Array(
        token.split(separator: 0x2E).map { Base64URL.encodeBytes(Base64URL.decode(Array($0)) ?? []) }.joined(
          separator: [0x2E])
      )
    }

    let bundles = try Bundles(try all(arguments[4], ".json"), root: root, now: now, isLax: isLax)
    let swapped = try bundles.swapAll(50)
    let originals = Set(tokens)
    var random = Seeded(state: seed)
    var report: [String: Int] = [:]
    var wronglyAccepted: [String: Int] = [:]
    var examples: [String] = []
    var malleable = 0
    var unchanged = 0
    var identical = 0
    var refusedUnchanged = 0
    let begun = ContinuousClock.now
    for number in 0..<count {
      let mutation = Mutation.allCases[random.below(Mutation.allCases.count)]
      // A bundle is verified with everything in it, which costs as much as thirty tokens.
      let target =
        switch random.below(40) {
        case 0..<20: "token"
        case 20..<24: "list"
        case 24..<28: "trust"
        case 28..<32: "input"
        case 32..<38: "cached"
        case 38: "proof"
        default: "bundle"
        }
      report[target, default: 0] += 1
      var changed: [UInt8] = []
      var isAccepted = false
      switch target {
      case "token":
        let token = tokens[random.below(tokens.count)]
        changed = mutation.apply(to: token, others: tokens, &random)
        if originals.contains(changed) {
          identical += 1
          continue
        }
        isAccepted = genuine(changed)
      case "cached":
        // First the good one, so that whatever is remembered of it is at hand when the bad one comes.
        let token = tokens[random.below(tokens.count)]
        if !genuine(token) { refusedUnchanged += 1 }
        changed = mutation.apply(to: token, others: tokens, &random)
        if originals.contains(changed) {
          identical += 1
          continue
        }
        isAccepted = genuine(changed)
      case "list":
        let list = lists[random.below(lists.count)]
        changed = mutation.apply(to: list.bytes, others: lists.map(\.bytes), &random)
        if changed == list.bytes {
          identical += 1
          continue
        }
        isAccepted = accepted(list: changed, list.url)
      case "trust":
        changed = mutation.apply(to: trustBytes, others: tokens, &random)
        if changed == trustBytes {
          identical += 1
          continue
        }
        isAccepted = accepted(trust: changed)
      case "proof", "bundle":
        let outcome = target == "proof" ? bundles.proof(&random) : bundles.file(&random)
        if outcome == .same {
          identical += 1
          continue
        }
        isAccepted = outcome == .accepted
      default:
        let token = tokens[random.below(tokens.count)]
        let change = mutation.apply(to: token, others: tokens, &random)
        if originals.contains(change) {
          identical += 1
          continue
        }
        changed = wrapped(change)
        isAccepted = genuine(input: changed)
      }
      if isAccepted && mutation == .negatedS && target != "bundle" && target != "proof" {
        // (r, n - s) is a second signature of the same bytes by anyone, as ECDSA is defined: no claim is changed by it,
        // and the public log commits to the token with the first one.
        malleable += 1
      } else if isAccepted {
        wronglyAccepted[
          target == "proof" || target == "bundle" ? target : "\(target) \(mutation.rawValue)",
          default: 0
        ] += 1  // these draw their own
        if examples.count < 5 {
          examples.append("\(target) \(mutation.rawValue): \(String(decoding: changed.suffix(300), as: UTF8.self))")
        }
      }
      // The control: unchanged, taken apart and put together.
      if number % 500 == 0 {
        let token = tokens[(number / 500) % tokens.count]
        let list = lists[(number / 500) % lists.count]
        let bundle = bundles.all[(number / 500) % bundles.all.count]
        for fine in [
          genuine(again(token)), genuine(input: wrapped(again(token))), accepted(list: again(list.bytes), list.url),
          accepted(trust: again(trustBytes)), bundles.isPositive(bundle), bundles.isPositive(file: bundle.bytes),
        ] {
          unchanged += 1
          if !fine { refusedUnchanged += 1 }
        }
      }
    }
    let seconds = Int64((ContinuousClock.now - begun).components.seconds)
    func counts(_ counts: [String: Int]) -> JSON {
      var object = JSONObject()
      for (name, value) in counts { object[Text(name)] = .integer(Int64(value)) }
      return .object(object)
    }
    let answer: JSON = [
      "seed": .integer(Int64(clamping: seed)), "mutants": .integer(Int64(count - identical)),
      "same bytes": .integer(Int64(identical)), "of": counts(report),
      "tokens": .integer(Int64(tokens.count)), "accepted": counts(wronglyAccepted),
      "examples": .array(examples.map { JSON($0) }),
      "pairs": .integer(Int64(swapped.pairs)), "swaps": counts(swapped.shown),
      "swaps accepted": counts(swapped.accepted),
      "other signature of the same claims": .integer(Int64(malleable)), "unchanged shown": .integer(Int64(unchanged)),
      "unchanged refused": .integer(Int64(refusedUnchanged)), "seconds": .integer(seconds),
    ]
    print(String(decoding: answer.canonical(), as: UTF8.self))
    exit(wronglyAccepted.isEmpty && swapped.accepted.isEmpty && refusedUnchanged == 0 && unchanged > 0 ? 0 : 1)
  }

  /// What a careless decoder takes for the same token: strangers between the digits, padding, bits that no byte takes.
  static func lenient(_ token: [UInt8]) -> [UInt8] {
    Array(
      token.split(separator: 0x2E, omittingEmptySubsequences: false).map { (part) -> [UInt8] in
        var digits = part.filter { Mutation.digits.contains($0) }
        if let last = digits.last, digits.count % 4 > 1, let value = Mutation.digits.firstIndex(of: last) {
          digits[digits.count - 1] = Mutation.digits[value & (digits.count % 4 == 2 ? 0x30 : 0x3C)]
        }
        return digits
      }.joined(separator: [0x2E])
    )
  }
}
