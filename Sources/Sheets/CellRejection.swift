/// What is wrong with one row of a spreadsheet file, or with the file. A file with a fault is not imported at all.
///
/// Faults quote no contact data and no character that could move a terminal: what is quoted is cut and escaped.
package struct CellRejection: Error, Hashable, Sendable, CustomStringConvertible {
  /// The line of the file in which the row begins; the heading is line 1.
  package let row: Int
  /// The heading of the cell; nil where the row or the file as a whole is at fault.
  package let column: String?
  /// Stable: one of `Code`, or the reason code an address was refused with.
  package let code: String
  /// One English sentence for the officer, with the remedy where there is one.
  package let message: String
  package let params: [String: String]

  package init(row: Int, column: String? = nil, _ code: Code, params: [String: String] = [:]) {
    self.init(row: row, column: column, code: code.rawValue, message: code.sentence(params), params: params)
  }

  package init(row: Int, column: String?, code: String, message: String, params: [String: String]) {
    self.row = row
    self.column = column
    self.code = code
    self.message = message
    self.params = params
  }

  package var description: String { "line \(row)\(column.map { ", \($0)" } ?? ""): \(message) [\(code)]" }
}

extension CellRejection {
  /// The codes of this module. Never used again for something else; names as on the officer's side of the attack
  /// catalogue.
  package enum Code: String, Hashable, Sendable, CaseIterable {
    // The file
    case fileEmpty = "file_empty"
    case fileTooLarge = "file_too_large"
    case spreadsheetFile = "spreadsheet_file"
    case notUTF8 = "not_utf8"
    case nulByte = "nul_byte"
    case lineEnding = "line_ending"
    case separator
    case quoteMisplaced = "quote_misplaced"
    case quoteUnclosed = "quote_unclosed"
    case cellTooLong = "cell_too_long"
    case tooManyColumns = "too_many_columns"
    case tooManyFaults = "too_many_faults"
    case headingMissing = "heading_missing"
    case headingUnknown = "heading_unknown"
    case headingDuplicate = "heading_duplicate"
    // The row
    case columnsMissing = "columns_missing"
    case columnsExtra = "columns_extra"
    case duplicateMember = "duplicate_member"
    // Any cell
    case valueMissing = "value_missing"
    case formula
    case controlCharacter = "control_character"
    case spaceAround = "space_around"
    case textTooLong = "text_too_long"
    // One column
    case unknownChamber = "unknown_chamber"
    case memberNumberInvalid = "member_number_invalid"
    case membershipUnknown = "membership_unknown"
    case nameMissing = "name_missing"
    case nameLength = "name_length"
    case nameBidiControl = "name_bidi_control"
    case nameInvisible = "name_invisible"
    case nameConfusable = "name_confusable"
    case nameSymbol = "name_symbol"
    case nameReservedPhrase = "name_reserved_phrase"
    case nameEnNotLatin = "name_en_not_latin"
    case nameArNotArabic = "name_ar_not_arabic"
    case legalFormUnknown = "legal_form_unknown"
    case licenceNumberInvalid = "licence_number_invalid"
    case jurisdictionUnknown = "jurisdiction_unknown"
    case jurisdictionMismatch = "jurisdiction_mismatch"
    case jurisdictionInside = "jurisdiction_inside"
    case dateFormat = "date_format"
    case dateInvalid = "date_invalid"
    case dateImplausible = "date_implausible"
    case platformUnknown = "platform_unknown"
    case platformMismatch = "platform_mismatch"
    case storefrontMissing = "storefront_missing"
    case emailInvalid = "email_invalid"
    case phoneInvalid = "phone_invalid"

    /// The sentence, with the parameters this module gives filled in.
    func sentence(_ params: [String: String]) -> String {
      func value(_ name: String) -> String { params[name] ?? "?" }
      return switch self {
      case .fileEmpty: "The file is empty."
      case .fileTooLarge: "The file has \(value("bytes")) bytes; \(value("max")) are allowed. Split it."
      case .spreadsheetFile:
        """
        This is a \(value("kind")), not a CSV file. Save it from the spreadsheet program as \"CSV UTF-8 (comma \
        delimited)\".
        """
      case .notUTF8:
        "The file is not UTF-8\(params["looksLike"].map { "; it looks like \($0)" } ?? ""). "
          + "Save it from the spreadsheet program as \"CSV UTF-8 (comma delimited)\", not as plain \"CSV\"."
      case .nulByte: "The file holds a NUL character."
      case .lineEnding:
        "The line ends with a carriage return alone. Save the file as \"CSV UTF-8\", not as \"CSV (Macintosh)\"."
      case .separator:
        """
        The columns are separated by \(value("found")), not by commas. Choose the comma as the list separator, then \
        save again.
        """
      case .quoteMisplaced:
        "A quotation mark stands where none may stand (cell \(value("cell"))). Inside a quoted cell it is doubled."
      case .quoteUnclosed: "The quotation mark that opens here is never closed (cell \(value("cell")))."
      case .cellTooLong: "The cell has more than \(value("max")) bytes (cell \(value("cell")))."
      case .tooManyColumns: "The row has more than \(value("max")) columns."
      case .tooManyFaults: "There are more than \(value("max")) faults; the others are not listed."
      case .headingMissing: "The column \(value("heading")) is missing."
      case .headingUnknown: "The heading \(value("heading")) is not known; known are \(value("known"))."
      case .headingDuplicate: "The heading \(value("heading")) stands twice."
      case .columnsMissing: "The row has \(value("found")) columns instead of \(value("expected"))."
      case .columnsExtra:
        """
        The row has \(value("found")) columns instead of \(value("expected")). Perhaps a cell with a comma is not \
        quoted.
        """
      case .duplicateMember: "The member \(value("existing")) stands in line \(value("line")) already."
      case .valueMissing: "The cell is empty."
      case .formula: "The cell begins like a spreadsheet formula (\(value("with")))."
      case .controlCharacter: "The cell holds a control character or a line break (character \(value("at")))."
      case .spaceAround: "The cell begins or ends with a space, or holds an unusual or doubled one."
      case .textTooLong: "The cell has more than \(value("max")) bytes."
      case .unknownChamber: "There is no chamber \(value("value"))."
      case .memberNumberInvalid: "\(value("value")) is not a member number: 1 to 20 letters, digits and hyphens."
      case .membershipUnknown: "\(value("value")) is no membership; known are member and e-member."
      case .nameMissing: "The name is missing."
      case .nameLength: "The name has \(value("length")) characters; 1 to \(value("max")) are allowed."
      case .nameBidiControl: "The name holds a hidden direction control (character \(value("at")))."
      case .nameInvisible: "The name holds an invisible character (character \(value("at")))."
      case .nameConfusable:
        params["line"].map { "The name looks like another member's, in line \($0), but is spelled differently." }
          ?? "The name mixes alphabets or letter forms that look alike (character \(value("at")))."
      case .nameSymbol: "The name holds a sign that is no letter (character \(value("at")))."
      case .nameReservedPhrase:
        "The name holds \(value("phrase")), which only an authority may say of itself."
      case .nameEnNotLatin: "The English name has no Latin letter."
      case .nameArNotArabic: "The Arabic name has no Arabic letter."
      case .legalFormUnknown: "\(value("value")) is no legal form we know."
      case .licenceNumberInvalid:
        "\(value("value")) is not a licence number: 1 to 30 letters, digits, hyphens and slashes, without spaces."
      case .jurisdictionUnknown:
        "\(value("value")) is not the code of a chamber's territory (like AE-DU) or, for an e-member, of a region."
      case .jurisdictionMismatch:
        """
        \(value("value")) is not the territory of this chamber (\(value("expected"))). Companies from elsewhere are \
        e-members.
        """
      case .jurisdictionInside: "An e-member stands outside the chamber's own territory, \(value("value"))."
      case .dateFormat: "\(value("value")) is not a date of the form 2026-11-22."
      case .dateInvalid: "There is no such date as \(value("value"))."
      case .dateImplausible: "The date \(value("value")) lies too far away."
      case .platformUnknown:
        "\(value("value")) is no platform we know; leave the cell empty for an own site, or write none."
      case .platformMismatch: "The address is not a shop of the platform named (\(value("value")))."
      case .storefrontMissing: "A platform is named, but no address. Write none as the platform where there is no shop."
      case .emailInvalid: "The e-mail address is malformed."
      case .phoneInvalid: "The telephone number is not of the form +971501234567."
      }
    }
  }
}

/// Outside text as it may stand in a message: cut, and without characters that act instead of being shown.
func quoted(_ bytes: some Collection<UInt8>) -> String {
  var shown = ""
  for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars.prefix(48) {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
      shown += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    default: shown.unicodeScalars.append(scalar)
    }
  }
  return shown
}
