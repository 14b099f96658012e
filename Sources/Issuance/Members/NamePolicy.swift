internal import Encodings
internal import Registry
internal import Sheets
internal import Storefronts

/// Names at the moment of a request: what is wrong in itself, and what only looks like another member's.
enum NamePolicy {
  /// A reason in words, nil for a name that may stand.
  static func rejection(_ text: Text, longest: Int = 200) -> String? {
    guard text.bytes.count <= longest * 4, text.string.count <= longest else { return "at most \(longest) characters" }
    guard let rejection = NameRules.rejection(text.bytes, language: .any) else { return nil }
    switch rejection {
    case .missing: return "a text is expected"
    case .length: return "at most \(longest) characters"
    case .formula: return "it begins like a spreadsheet formula"
    case .control, .bidiControl, .invisible: return "it holds a hidden character"
    case .space: return "it holds an odd space"
    case .confusable: return "it mixes alphabets that look alike"
    case .symbol: return "it holds a sign that is no letter"
    case .notLatin, .notArabic: return nil
    }
  }

  static func skeletons(en: Text, ar: Text) -> (en: String, ar: String) {
    (Skeleton.of(en).string, Skeleton.of(ar).string)
  }

  /// The member's own name is at fault whoever else there is.
  static func permit(_ member: Member) throws {
    for (field, name, language) in [
      ("name_en", member.nameEn, NameRules.Language.english), ("name_ar", member.nameAr, .arabic),
    ] {
      guard let rejection = NameRules.rejection(Array(name.utf8), language: language) else { continue }
      let (problem, at): (ActRejection.NameProblem, Int) =
        switch rejection {
        case .bidiControl(let at): (.bidiControl, at)
        case .control(let at), .invisible(let at): (.invisible, at)
        case .confusable(let at): (.mixedAlphabets, at)
        case .symbol(let at): (.symbol, at)
        case .missing, .length, .formula, .space, .notLatin, .notArabic: (.length, 1)
        }
      throw ActRejection(.memberName(problem, field: field, at: at), subject: member.key)
    }
  }

  /// Other members whose names look the same but are spelled with other letters. Companies of one name are common, also
  /// where only case, accents or punctuation differ: there the number tells them apart, and nobody is deceived.
  static func lookalikes(of member: Member, in registry: Registry) throws -> [String] {
    let own = [plain(member.nameEn), plain(member.nameAr)]
    return try registry.members.lookalikes(of: member).filter { !own.contains(plain($0.name)) }.map {
      "\($0.key) \($0.name)"
    }
    .sorted()
  }

  /// Those that no approver has accepted as the member's own name yet.
  static func unacceptedLookalikes(of member: Member, in registry: Registry) throws -> [String] {
    let names = try lookalikes(of: member, in: registry) + ReservedWords.held(in: member)
    return member.nameAccepted == names.joined(separator: "\n") ? [] : names
  }

  /// Letters and digits in lower case, without marks: what two people who write one name agree on.
  private static func plain(_ name: String) -> Text {
    var out = String.UnicodeScalarView()
    for scalar in name.lowercased().decomposed.unicodeScalars
    where scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
      if scalar.properties.generalCategory == .nonspacingMark || scalar.value == 0x0640 { continue }
      out.append(scalar)
    }
    return Text(String(out))
  }
}

extension String {
  /// Letters apart from their marks, as far as the Latin and Arabic alphabets need it (U+0622 to U+0626 keep their
  /// hamza: it is spelling).
  fileprivate var decomposed: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map { scalar in
          switch scalar.value {
          case 0x00E0...0x00E5: "a"
          case 0x00E7: "c"
          case 0x00E8...0x00EB: "e"
          case 0x00EC...0x00EF: "i"
          case 0x00F1: "n"
          case 0x00F2...0x00F6: "o"
          case 0x00F9...0x00FC: "u"
          default: scalar
          }
        }
      )
    )
  }
}
