/// How wide a text will be, without asking a font.
///
/// A badge is drawn by the reader's browser with the reader's fonts, and the same badge must come out of every machine
/// byte by byte; so widths are estimated from the advance widths of Noto Sans, with a margin for wider faces.
enum TextFit {
  /// The faces whose widths are known.
  enum Face { case sans, bold, mono }

  static let margin = 1.06

  /// In user units, with the margin.
  static func width(_ text: some Sequence<Character>, _ size: Double, face: Face) -> Double {
    var thousandths = 0.0
    for character in text { for scalar in character.unicodeScalars { thousandths += advance(scalar, face) } }
    return thousandths / 1000 * size * margin * (face == .bold ? 1.08 : 1)
  }

  /// The largest of `sizes` at which the text fits on `lines` lines; at the smallest, what is left over is cut with an
  /// ellipsis.
  static func fit(_ text: String, width: Double, sizes: [Double], lines: Int, face: Face) -> (
    size: Double, lines: [String]
  ) {
    for size in sizes {
      // A smaller single line is better than two large ones, down to the middle of the steps.
      let allowed = size > (sizes[sizes.count / 2]) ? 1 : lines
      let broken = wrap(text, width: width, size: size, face: face)
      if broken.count <= allowed { return (size, broken) }
    }
    let size = sizes[sizes.count - 1]
    let broken = wrap(text, width: width, size: size, face: face)
    guard broken.count > lines else { return (size, broken) }
    var last = Array(broken[lines - 1])
    while !last.isEmpty, Self.width(last + ["…"], size, face: face) > width { last.removeLast() }
    return (size, broken[..<(lines - 1)] + [String(last) + "…"])
  }

  /// Breaks at spaces and between Han characters, and inside a word that is wider than the line.
  static func wrap(_ text: String, width: Double, size: Double, face: Face) -> [String] {
    var lines: [String] = []
    var line: [Character] = []
    for word in words(text) {
      let joined = line.isEmpty ? trimmed(word) : line + word
      if Self.width(trimmed(joined), size, face: face) <= width {
        line = joined
        continue
      }
      if !line.isEmpty { lines.append(String(trimmed(line))) }
      line = trimmed(word)
      while line.count > 1, Self.width(line, size, face: face) > width {
        var head = line.count - 1
        while head > 1, Self.width(line[..<head], size, face: face) > width { head -= 1 }
        lines.append(String(line[..<head]))
        line = Array(line[head...])
      }
    }
    if !trimmed(line).isEmpty { lines.append(String(trimmed(line))) }
    return lines
  }

  /// An address over as many lines as it needs. Nothing is ever left out, and no mark is added; it breaks after `/` or
  /// before `. ? & = #` where one is near, never at a hyphen, which would look like one of ours.
  static func wrapAddress(_ address: String, width: Double, size: Double) -> [String] {
    let perLine = max(8, Int(width / (0.6 * size)))
    var lines: [String] = []
    var rest = Array(address.utf8)[...]
    while rest.count > perLine {
      let head = rest.prefix(perLine)
      let places = head.indices.compactMap { index in
        head[index] == UInt8(ascii: "/")
          ? index + 1 - rest.startIndex : ".?&=#".utf8.contains(head[index]) ? index - rest.startIndex : nil
      }
      let take = places.last { $0 >= perLine * 2 / 3 } ?? perLine
      lines.append(String(decoding: rest.prefix(take), as: UTF8.self))
      rest = rest.dropFirst(take)
    }
    lines.append(String(decoding: rest, as: UTF8.self))
    return lines
  }

  /// Each word keeps the space before it.
  private static func words(_ text: String) -> [[Character]] {
    var words: [[Character]] = []
    for character in text {
      let scalar = character.unicodeScalars.first?.value ?? 0
      let before = words.last?.last?.unicodeScalars.first?.value ?? 0
      if words.isEmpty || scalar == 0x20 || Script.isEastAsian(scalar) || (Script.isEastAsian(before) && scalar != 0x20)
      {
        // Closing punctuation never begins a line.
        if !words.isEmpty, (0x3001...0x3002).contains(scalar) || [0xFF0C, 0xFF1A, 0xFF1B, 0xFF09].contains(scalar) {
          words[words.count - 1].append(character)
        } else {
          words.append([character])
        }
      } else {
        words[words.count - 1].append(character)
      }
    }
    return words
  }

  private static func trimmed(_ text: [Character]) -> [Character] {
    Array(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }

  private static func advance(_ scalar: Unicode.Scalar, _ face: Face) -> Double {
    let value = scalar.value
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    if Script.isEastAsian(value) || value >= 0x1F000 { return 1000 }
    if face == .mono { return 600 }
    if (0x20...0x7E).contains(value) { return Double(ascii[Int(value) - 0x20]) }
    if (0x0600...0x06FF).contains(value) {
      if [0x0621, 0x0622, 0x0623, 0x0624, 0x0625, 0x0627, 0x0629, 0x062F, 0x0630, 0x0631, 0x0632, 0x0648].contains(
        value
      ) {
        return 430
      }
      // Seen and Sad with their dots.
      return (0x0633...0x0636).contains(value) ? 1000 : 640
    }
    return 700
  }

  /// Noto Sans Regular, U+0020 … U+007E, thousandths of an em.
  private static let ascii: [UInt16] = [
    260, 269, 408, 646, 572, 831, 732, 225, 300, 300, 551, 572, 268, 322, 268, 372, 572, 572, 572, 572, 572, 572, 572,
    572,
    572, 572, 268, 268, 572, 572, 572, 434, 899, 639, 650, 632, 730, 556, 519, 728, 741, 339, 273, 619, 524, 907, 760,
    781,
    605, 781, 622, 549, 556, 731, 600, 930, 586, 566, 572, 329, 372, 329, 572, 444, 281, 561, 615, 480, 615, 564, 344,
    615,
    618, 258, 258, 534, 258, 935, 618, 605, 615, 615, 413, 479, 361, 618, 508, 786, 529, 510, 470, 380, 551, 380, 572,
  ]
}
