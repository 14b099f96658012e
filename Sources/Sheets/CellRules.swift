internal import Encodings

/// Shapes of single cells, on bytes. Each is written out: a lenient reader here is a second spelling in the register.
enum CellRules {
  /// Free text that is no name: the licensing authority, extra columns.
  static let maxText = 400

  static func isMemberNumber(_ bytes: [UInt8]) -> Bool { isNumber(bytes, max: 20, inside: [0x2D]) }

  static func isLicenceNumber(_ bytes: [UInt8]) -> Bool { isNumber(bytes, max: 30, inside: [0x2D, 0x2F]) }

  /// Letters and digits, with single signs of `inside` between them.
  private static func isNumber(_ bytes: [UInt8], max: Int, inside: [UInt8]) -> Bool {
    guard (1...max).contains(bytes.count), isAlphanumeric(bytes[0]), isAlphanumeric(bytes[bytes.count - 1]) else {
      return false
    }
    return bytes.indices.allSatisfy {
      isAlphanumeric(bytes[$0]) || (inside.contains(bytes[$0]) && isAlphanumeric(bytes[$0 - 1]))
    }
  }

  /// `AE-DU`: a country of ISO 3166-1, a hyphen, 1 to 3 letters or digits. For the emirates the seven are known.
  static func isRegion(_ bytes: [UInt8]) -> Bool {
    guard (4...6).contains(bytes.count), bytes[2] == 0x2D, bytes[3...].allSatisfy({ isUpper($0) || ASCII.isDigit($0) })
    else { return false }
    let country = Array(bytes[..<2])
    guard Countries.all.contains(country) else { return false }
    return country != Array("AE".utf8) || emirates.contains(Array(bytes[3...]))
  }

  private static let emirates: Set<[UInt8]> = Set(["AJ", "AZ", "DU", "FU", "RK", "SH", "UQ"].map { Array($0.utf8) })

  /// What a cell for a date holds.
  enum Day {
    case valid(CivilDate)
    case wrongFormat
    case noSuchDay
  }

  /// `2026-11-22`.
  static func day(_ bytes: [UInt8]) -> Day {
    let shaped =
      bytes.count == 10
      && bytes.indices.allSatisfy { $0 == 4 || $0 == 7 ? bytes[$0] == 0x2D : ASCII.isDigit(bytes[$0]) }
    guard shaped else { return .wrongFormat }
    return CivilDate(String(decoding: bytes, as: UTF8.self)).map(Day.valid) ?? .noSuchDay
  }

  /// Free text: the first rule it breaks.
  static func textFault(_ bytes: [UInt8]) -> (CellRejection.Code, [String: String])? {
    if bytes.count > maxText { return (.textTooLong, ["max": "\(maxText)"]) }
    switch NameRules.rejection(bytes, language: .any) {
    case nil, .missing, .length, .confusable, .symbol, .notLatin, .notArabic: return nil
    case let rejection?: return nameFault(rejection)
    }
  }

  static func nameFault(_ rejection: NameRejection) -> (CellRejection.Code, [String: String]) {
    switch rejection {
    case .missing: (.nameMissing, [:])
    case .length(let length): (.nameLength, ["length": "\(length)", "max": "\(NameRules.maxVisible)"])
    case .formula: (.formula, [:])
    case .control(let at): (.controlCharacter, ["at": "\(at)"])
    case .bidiControl(let at): (.nameBidiControl, ["at": "\(at)"])
    case .invisible(let at): (.nameInvisible, ["at": "\(at)"])
    case .space: (.spaceAround, [:])
    case .confusable(let at): (.nameConfusable, ["at": "\(at)"])
    case .symbol(let at): (.nameSymbol, ["at": "\(at)"])
    case .notLatin: (.nameEnNotLatin, [:])
    case .notArabic: (.nameArNotArabic, [:])
    }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    ASCII.isDigit(byte) || (0x61...0x7A).contains(byte | 0x20)
  }
  private static func isUpper(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
}

/// ISO 3166-1 alpha-2, officially assigned.
enum Countries {
  static let all: Set<[UInt8]> = {
    let codes = Array(
      ("ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCR"
        + "CUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHU"
        + "IDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQ"
        + "MRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSI"
        + "SJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW")
        .utf8
    )
    return Set(stride(from: 0, to: codes.count, by: 2).map { [codes[$0], codes[$0 + 1]] })
  }()
}
