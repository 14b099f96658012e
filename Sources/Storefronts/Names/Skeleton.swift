public import Encodings

/// The form in which names that look alike are equal: for company names when a certificate is issued
/// (`name_confusable`), and for hosts that imitate the verify host.
///
/// After UTS 39 section 4 (skeleton), with own tables for the scripts in which our members write (`SkeletonTables`),
/// and folding more than UTS 39 does, since a hit only holds a name for an officer: case, accents and harakat, Arabic
/// letter variants, `rn` and `m`.
public enum Skeleton {
  /// Names are at most 200 characters; longer ones are refused before they come here. What is beyond is not looked at.
  static let maxScalars = 2_000

  /// Words separated by single spaces; punctuation and invisible characters gone.
  public static func of(_ text: Text) -> Text {
    var words: [[Unicode.Scalar]] = [[]]
    for scalar in text.string.unicodeScalars.prefix(maxScalars) {
      switch meaning(of: scalar) {
      case .nothing: continue
      case .gap: if words.last?.isEmpty == false { words.append([]) }
      case .letters(let letters): words[words.count - 1] += letters
      }
    }
    if words.last?.isEmpty == true { words.removeLast() }
    let joined = words.map { word in
      var out = String.UnicodeScalarView()
      out.append(contentsOf: withoutPairs(word))
      return String(out)
    }
    return Text(joined.joined(separator: " "))
  }

  /// Whether a word mixes letters of scripts that nobody writes together, as in a Latin name with one Cyrillic letter.
  /// Words are judged one by one: a name may well have an Arabic and a Latin half.
  public static func mixesScripts(_ text: Text) -> Bool {
    text.string.unicodeScalars.prefix(maxScalars).split { scalar in
      if case .gap = meaning(of: scalar) { true } else { false }
    }.contains { Script.mixed($0) }
  }

  /// What a character adds to a skeleton. A gap ends a word.
  enum Meaning {
    case nothing
    case gap
    case letters([Unicode.Scalar])
  }

  /// Most names are ASCII, and properties are looked up slowly.
  private static let ofASCII: [Meaning] = (0..<0x80).map { worked(out: Unicode.Scalar(UInt8($0))) }

  static func meaning(of scalar: Unicode.Scalar) -> Meaning {
    scalar.isASCII ? ofASCII[Int(scalar.value)] : worked(out: scalar)
  }

  private static func worked(out scalar: Unicode.Scalar) -> Meaning {
    let properties = scalar.properties
    if scalar.value == 0x0640 || properties.isDefaultIgnorableCodePoint || scalar.isBidiControl { return .nothing }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return .nothing
    default: break
    }
    if let value = digitValue(of: scalar) { return .letters([SkeletonTables.digits[value]]) }
    var out: [Unicode.Scalar] = []
    for base in SkeletonTables.bases(of: scalar) {
      // First as written: a capital eta looks like H, a small one like n. Then without case.
      let seen = SkeletonTables.lookalike(of: base) ?? [base]
      for one in seen {
        for lower in one.properties.lowercaseMapping.unicodeScalars {
          out += SkeletonTables.lookalike(of: lower) ?? [lower]
        }
      }
    }
    if let first = out.first,
      out.count > 1 || first.properties.isAlphabetic || first.properties.generalCategory == .spacingMark
        || first.properties.numericType != nil || scalar == "|"
    {
      return .letters(out)
    }
    return .gap
  }

  /// 0 to 9 for the decimal digits of every script.
  private static func digitValue(of scalar: Unicode.Scalar) -> Int? {
    guard scalar.properties.generalCategory == .decimalNumber, let value = scalar.properties.numericValue,
      (0...9).contains(value)
    else {
      return nil
    }
    return Int(value)
  }

  /// Pairs of letters that read as one, then the strokes that read as each other. `i` joins `l` last: else `ci` would
  /// become `d`.
  static func withoutPairs(_ letters: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var out: [Unicode.Scalar] = []
    for letter in letters {
      switch (out.last, letter) {
      case ("r", "n"): out[out.count - 1] = "m"
      case ("v", "v"): out[out.count - 1] = "w"
      case ("c", "l"): out[out.count - 1] = "d"
      default: out.append(letter)
      }
    }
    return out.map { $0 == "i" ? "l" : $0 }
  }
}
