package import Encodings
internal import Glibc

/// What somebody reported on a person's page: which certificate, on which page, what is wrong, and what the service
/// says of it.
///
/// The words, the page and the receipt come from a stranger; number, verdict, codes and time are the service's own. It
/// asks for no name.
package struct MisuseReport: Hashable, Sendable {
  /// What is wrong; stable words of the form.
  package enum Kind: String, CaseIterable, Sendable {
    case otherPage = "other_page"
    case falseBadge = "false_badge"
    case pressure, other
  }

  /// 12 characters of Crockford's base 32 (60 random bits); names the report and its file.
  package let reference: String
  package let at: Instant
  package let kind: Kind
  package let id: CredentialID
  /// As the person wrote it; empty: not stated.
  package let page: String
  package let text: String
  /// Of the page that the person read.
  package var language = "en"
  /// What the service answers to (id, page) at the moment of the report.
  package var verdict = ""
  package var codes: [String] = []
  /// `sha-256:` of the answer that the person was shown, and its receipt where the service signs answers. The reader
  /// verifies them.
  package var digest: String?
  package var receipt: String?

  package static let maxPageBytes = 2_048, maxTextBytes = 4_000, maxReceiptBytes = 24 << 10
  static let referenceLength = 12
  private static let limits = JSONLimits(maxBytes: MisuseQueue.maxReportBytes, maxDepth: 4, maxMembers: 32)

  package init(
    reference: String,
    at: Instant,
    kind: Kind,
    id: CredentialID,
    page: String,
    text: String
  ) {
    self.reference = reference
    self.at = at
    self.kind = kind
    self.id = id
    self.page = page
    self.text = text
  }

  /// A name that nobody guesses, from the caller's random source.
  package static func reference(using random: inout some RandomNumberGenerator) -> String {
    String(decoding: (0..<referenceLength).map { _ in digits[Int.random(in: 0..<32, using: &random)] }, as: UTF8.self)
  }
  package static func isReference(_ text: String) -> Bool {
    text.utf8.count == referenceLength && text.utf8.allSatisfy(digits.contains)
  }
  private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  package var json: JSONObject {
    JSONObject([
      "v": 1, "reference": JSON(reference), "at": JSON(at.description), "kind": JSON(kind.rawValue),
      "id": JSON(id.description), "page": JSON(page), "text": JSON(text),
      "lang": JSON(language), "verdict": JSON(verdict), "codes": JSON(codes),
      "digest": digest.map { JSON($0) } ?? .null, "receipt": receipt.map { JSON($0) } ?? .null,
    ])
  }

  /// Strict: another program than ours may have written the file.
  init(reading bytes: [UInt8]) throws(FollowFailure) {
    func refuse(_ why: String) -> FollowFailure { .malformed(what: "the report", why: why) }
    let object: JSONObject
    do throws(JSONRejection) {
      object = try JSONObject.parse(bytes, limits: Self.limits)
    } catch {
      throw refuse(error.words)
    }
    guard object["v"]?.int == 1 else { throw refuse("v is not 1") }
    func text(_ name: Text, _ max: Int) throws(FollowFailure) -> String {
      guard let value = object[name]?.string, value.utf8.count <= max else { throw refuse("\(name)") }
      return value
    }
    func optional(_ name: Text, _ max: Int) throws(FollowFailure) -> String? {
      guard let value = object[name], value != .null else { return nil }
      return try text(name, max)
    }
    reference = try text("reference", Self.referenceLength)
    guard Self.isReference(reference) else { throw refuse("reference") }
    guard let at = Instant(rfc3339: try text("at", 40)) else { throw refuse("at") }
    guard let kind = Kind(rawValue: try text("kind", 40)) else { throw refuse("kind") }
    let number = try text("id", 40)
    do throws(CredentialIDRejection) {
      id = try CredentialID(reading: number)
    } catch {
      throw refuse("id: not a certificate number")
    }
    self.at = at
    self.kind = kind
    page = try text("page", Self.maxPageBytes)
    self.text = try text("text", Self.maxTextBytes)
    language = try text("lang", 10)
    verdict = try text("verdict", 40)
    let codes = object["codes"]?.array?.compactMap(\.string) ?? []
    guard codes.count == object["codes"]?.array?.count, codes.count <= 64, codes.allSatisfy({ $0.utf8.count <= 64 })
    else { throw refuse("codes") }
    self.codes = codes
    digest = try optional("digest", 80)
    receipt = try optional("receipt", Self.maxReceiptBytes)
  }
}

/// The folder where reports wait for the chamber: one small file each, named by its reference, and `closed/` beside
/// them. The verify service writes it, `khatm misuse` reads it; it is all that leads from strangers to the officer's
/// side.
package struct MisuseQueue: Sendable {
  /// Reports that wait. Beyond it nothing is taken, so that nobody fills a disk: 10,000 of 64 KiB are 640 MB.
  package static let maxReports = 10_000
  package static let maxReportBytes = 64 << 10
  private static let ending = ".json"

  package let path: String
  private let cap: Int

  /// Why a report is not taken, or not found.
  package enum Rejection: Error, Hashable, Sendable {
    case full(Int)
    case unknown(String)
    case failed(FollowFailure)
  }

  /// The folder exists: who names one that does not has mistyped it.
  package init(path: String, cap: Int = maxReports) throws(FollowFailure) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .missing(path: path) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw .malformed(what: path, why: "not a folder") }
    self.path = path
    self.cap = cap
  }

  /// Whether this process may put reports there.
  package var isWritable: Bool { access(path, W_OK | X_OK) == 0 }

  /// On disk when it returns.
  package func file(_ report: MisuseReport) throws(Rejection) {
    let waiting = names().count
    guard waiting < cap else { throw .full(waiting) }
    let bytes = report.json.canonical()
    guard bytes.count <= Self.maxReportBytes else {
      throw .failed(.tooLarge(path: report.reference, limit: Self.maxReportBytes))
    }
    let file = path + "/" + report.reference + Self.ending
    guard !DurableFiles.exists(file) else { throw .failed(.busy(path: file)) }
    do throws(FollowFailure) {
      try DurableFiles.replace(file, with: bytes, mode: 0o640)
    } catch {
      throw .failed(error)
    }
  }

  /// Reports that wait, oldest first, and the names of files that are no report of ours.
  package func waiting() -> (reports: [MisuseReport], unreadable: [(name: String, why: String)]) {
    var reports: [MisuseReport] = []
    var unreadable: [(name: String, why: String)] = []
    for name in names() {
      do throws(FollowFailure) {
        // closed in between
        guard let bytes = try DurableFiles.read(path + "/" + name, limit: Self.maxReportBytes) else { continue }
        let report = try MisuseReport(reading: bytes)
        guard name.utf8.elementsEqual((report.reference + Self.ending).utf8) else {
          throw .malformed(what: "the report", why: "another reference stands in it")
        }
        reports.append(report)
      } catch { unreadable.append((name, error.description)) }
    }
    return (reports.sorted { ($0.at, $0.reference) < ($1.at, $1.reference) }, unreadable)
  }

  /// One report that waits, and its bytes as they are.
  package func report(_ reference: String) throws(Rejection) -> (report: MisuseReport, bytes: [UInt8]) {
    guard MisuseReport.isReference(reference) else { throw .unknown(reference) }
    do throws(FollowFailure) {
      if let bytes = try DurableFiles.read(path + "/" + reference + Self.ending, limit: Self.maxReportBytes) {
        return (try MisuseReport(reading: bytes), bytes)
      }
    } catch { throw .failed(error) }
    throw .unknown(reference)
  }

  /// Puts a report that was dealt with aside. What was decided stands in the register's audit trail, not here.
  package func close(_ reference: String) throws(Rejection) {
    _ = try report(reference)
    let name = reference + Self.ending
    let closed = path + "/closed"
    do throws(FollowFailure) {
      try DurableFiles.makeFolder(closed)
      try DurableFiles.move(path + "/" + name, to: closed + "/" + name)
    } catch { throw .failed(error) }
  }

  private func names() -> [String] { DurableFiles.names(in: path).filter { Text($0).hasSuffix(Text(Self.ending)) } }
}
