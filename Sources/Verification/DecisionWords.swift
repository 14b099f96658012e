internal import Encodings
public import Messages

extension Decision {
  /// Parameters of the state's texts, as far as they are known: days and times as people read them, in UTC.
  /// - Parameters:
  ///   - asked: the page that was asked about, as it is shown.
  ///   - authority: the authority whose list decided.
  public func params(in language: Language, asked: String? = nil, authority: String? = nil) -> [(String, String)] {
    var params: [(String, String)] = []
    func add(_ name: String, _ value: String?) { if let value { params.append((name, value)) } }
    add("time", Self.time(verdict == .cannotTell ? answerNotAfter : checkedAt))
    add("chamber", credential?.issuerName)
    add("holder", credential?.name(in: language)?.text)
    // The first one makes the sentence; a page shows all of them beside the one that was asked about.
    add("registered", credential?.storefronts.first?.display)
    add("page", asked)
    add("date", stateDate.map { CivilDate(of: $0).description })
    add("authority", authority)
    let imitation = reasons.first { $0.code == .lookalikeVerifierHost }
    add("host", imitation?.param("host")?.string)
    add("ours", imitation?.param("resembles")?.string)
    return params
  }

  /// `2026-11-22 09:00 UTC`.
  private static func time(_ moment: Instant) -> String {
    let text = Array(moment.description.utf8)
    return String(decoding: text[..<10], as: UTF8.self) + " " + String(decoding: text[11..<16], as: UTF8.self) + " UTC"
  }
}
