internal import Encodings
internal import TransparencyLog

/// A question made ready to be asked of many certificates.
struct ScanQuestion: Sendable {
  /// By what is asked.
  private enum Form {
    case number(CredentialID)
    case pages(Set<Text>)
    case register(Text)
    case membership(Text, chamber: Text?)
    case words([String])
  }
  private let form: Form

  init(_ question: RecordQuestion) {
    form =
      switch question {
      case .number(let number): .number(number)
      case .pages(let keys): .pages(Set(keys))
      case .register(let number): .register(RegisterNumber.folded(number))
      case .membership(let number, let chamber): .membership(number, chamber: chamber)
      case .words(let words): .words(SearchWords.words(words).map(String.init))
      }
  }

  var isNumber: Bool { if case .number = form { true } else { false } }

  func finds(_ issued: IssuedRecord, chamber: Text) -> Bool {
    switch form {
    case .number(let number): return issued.number == number
    case .pages(let keys): return issued.facts?.pageKeys.contains { keys.contains($0) } ?? false
    case .register(let number): return issued.facts?.registerNumber == number
    case .membership(let number, let wanted):
      return issued.facts?.membershipNumber == number && (wanted == nil || wanted == chamber)
    case .words(let words):
      guard !words.isEmpty, let facts = issued.facts else { return false }
      let names = facts.words.split(separator: " ")
      return words.allSatisfy { word in names.contains { $0.utf8.starts(with: word.utf8) } }
    }
  }
}

/// One entry as a scan keeps it, made ready on any thread: nothing of a certificate that nobody asked for.
struct ScanEntry: Sendable {
  /// A certificate.
  struct Issue: Sendable {
    let number: CredentialID
    /// Nil: no question finds it.
    let found: (record: IssuedRecord, questions: Set<Int>)?
  }

  let leaf: UInt64
  let leafHash: [UInt8]
  let reading: EntryReading
  /// Of an `issue`.
  let issue: Result<Issue, RecordRejection>
  /// Of an act.
  let record: Result<LogRecord, RecordRejection>

  init(_ item: RecordFeed.Item, _ questions: [ScanQuestion]) {
    leaf = item.leaf
    leafHash = Merkle.leafHash(item.entry)
    let reading = EntryReading.read(item.entry)
    self.reading = reading
    guard case .known(let entry) = reading, entry.kind == .issue else {
      issue = .failure(RecordRejection(.parts))
      record = item.record
      return
    }
    record = .failure(RecordRejection(.parts))
    issue = item.record.flatMap { RecordBinding.check($0, of: entry, issue: nil) }.flatMap { bound in
      guard case .issue(let issued) = bound else { return .failure(RecordRejection(.parts)) }
      let found = questions.indices.filter { questions[$0].finds(issued, chamber: entry.chamber) }
      return .success(Issue(number: issued.number, found: found.isEmpty ? nil : (issued, Set(found))))
    }
  }
}
