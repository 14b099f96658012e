// In the order of `ReasonCode`. The Arabic speaks of الشهادة (feminine) throughout; numbers stand where they need no
// agreement.
extension ReasonCode {
  public var texts: FourTexts {
    switch self {
    case .malformed:
      FourTexts(
        en: "This is not a readable certificate: {what}.",
        ar: "هذه ليست شهادة يمكن قراءتها: {what}.",
        fr: "Ce certificat est illisible\u{A0}: {what}.",
        zh: "这不是可读取的证书：{what}。"
      )
    case .algorithmRefused:
      FourTexts(
        en: "The signature method {alg} is not accepted.",
        ar: "طريقة التوقيع {alg} غير مقبولة.",
        fr: "La méthode de signature {alg} n’est pas acceptée.",
        zh: "不接受签名方法 {alg}。"
      )
    case .signatureInvalid:
      FourTexts(
        en: "The signature does not match.",
        ar: "التوقيع غير مطابق.",
        fr: "La signature ne correspond pas.",
        zh: "签名不符。"
      )
    case .keyUnknown:
      FourTexts(
        en: "No chamber has published this key.",
        ar: "لم تنشر أي غرفة هذا المفتاح.",
        fr: "Aucune chambre n’a publié cette clé.",
        zh: "没有任何商会公布过此密钥。"
      )
    case .keyNotForPurpose:
      FourTexts(
        en: "This key may not be used for {purpose}.",
        ar: "لا يجوز استخدام هذا المفتاح لهذا الغرض: {purpose}.",
        fr: "Cette clé ne peut pas servir à cet usage\u{A0}: {purpose}.",
        zh: "此密钥不得用于 {purpose}。"
      )
    case .keyOutsideValidity:
      FourTexts(
        en: "The key was not in use on {at}.",
        ar: "لم يكن المفتاح قيد الاستخدام بتاريخ {at}.",
        fr: "La clé n’était pas en service le {at}.",
        zh: "该密钥在 {at} 时并未启用。"
      )
    case .chainInvalid:
      FourTexts(
        en: "The chamber's own certificates do not hold: {step}.",
        ar: "شهادات الغرفة نفسها غير صالحة: {step}.",
        fr: "Les certificats de la chambre elle-même ne sont pas valables\u{A0}: {step}.",
        zh: "商会自身的证书不成立：{step}。"
      )
    case .signerRevoked:
      FourTexts(
        en: "The chamber's signing certificate was withdrawn on {at}.",
        ar: "سُحبت شهادة التوقيع الخاصة بالغرفة بتاريخ {at}.",
        fr: "Le certificat de signature de la chambre a été révoqué le {at}.",
        zh: "商会的签名证书已于 {at} 撤销。"
      )
    case .issuerUnknown:
      FourTexts(
        en: "{issuer} is not a chamber we know.",
        ar: "الجهة {issuer} ليست غرفة معروفة لدينا.",
        fr: "{issuer} n’est pas une chambre que nous connaissons.",
        zh: "{issuer} 不是我们所知的商会。"
      )
    case .issuerNotAuthorised:
      FourTexts(
        en: "{issuer} may not issue {programme}.",
        ar: "الجهة {issuer} غير مخوّلة بإصدار {programme}.",
        fr: "{issuer} n’est pas habilitée à délivrer {programme}.",
        zh: "{issuer} 无权签发 {programme}。"
      )
    case .issuerMismatch:
      FourTexts(
        en: "It names {named} but {signer} signed it.",
        ar: "تذكر الشهادة {named} جهةً مُصدِرة، في حين أن {signer} هي التي وقّعتها.",
        fr: "Il désigne {named}, mais il a été signé par {signer}.",
        zh: "证书所载签发者为 {named}，实际签名者却是 {signer}。"
      )
    case .credentialUnknown:
      FourTexts(
        en: "No certificate has the number {id}.",
        ar: "لا توجد شهادة تحمل الرقم {id}.",
        fr: "Aucun certificat ne porte le numéro {id}.",
        zh: "没有编号为 {id} 的证书。"
      )
    case .checkCharactersWrong:
      FourTexts(
        en: "The number {id} was mistyped.",
        ar: "في الرقم {id} خطأ في الكتابة.",
        fr: "Le numéro {id} comporte une faute de frappe.",
        zh: "编号 {id} 输入有误。"
      )
    case .notInLog:
      FourTexts(
        en: "It is not in the public record of issued certificates.",
        ar: "هذه الشهادة غير مدرجة في السجل العام للشهادات الصادرة.",
        fr: "Il ne figure pas dans le registre public des certificats délivrés.",
        zh: "公开的签发记录中没有这份证书。"
      )
    case .logProofInvalid:
      FourTexts(
        en: "Its proof from the public record does not hold.",
        ar: "دليل إدراجها في السجل العام غير صحيح.",
        fr: "Sa preuve d’inscription au registre public n’est pas valable.",
        zh: "其公开记录证明不成立。"
      )
    case .lookalikeVerifierHost:
      FourTexts(
        en: "The link goes to {host}, which imitates {resembles}.",
        ar: "يؤدي الرابط إلى {host}، وهو موقع يقلّد {resembles}.",
        fr: "Le lien mène à {host}, qui imite {resembles}.",
        zh: "该链接指向 {host}，它在仿冒 {resembles}。"
      )
    case .bakedDataMalformed:
      FourTexts(
        en: "The picture carries damaged data: {what}.",
        ar: "تحمل الصورة بيانات تالفة: {what}.",
        fr: "L’image contient des données endommagées\u{A0}: {what}.",
        zh: "图片所含数据已损坏：{what}。"
      )
    case .noBakedData:
      FourTexts(
        en: "The picture carries no certificate; it may have been stripped.",
        ar: "لا تحمل الصورة أي شهادة؛ وربما أُزيلت بياناتها.",
        fr: "L’image ne contient aucun certificat\u{A0}; il a pu en être retiré.",
        zh: "图片中没有证书，可能已被去除。"
      )
    case .logUnavailable:
      FourTexts(
        en: "The public record could not be read.",
        ar: "تعذّرت قراءة السجل العام.",
        fr: "Le registre public n’a pas pu être lu.",
        zh: "无法读取公开记录。"
      )

    case .expired:
      FourTexts(
        en: "It ended on {at}.",
        ar: "انتهت صلاحيتها بتاريخ {at}.",
        fr: "Il a pris fin le {at}.",
        zh: "已于 {at} 到期。"
      )
    case .notYetValid:
      FourTexts(
        en: "It starts on {from}.",
        ar: "تبدأ صلاحيتها بتاريخ {from}.",
        fr: "Il prend effet le {from}.",
        zh: "自 {from} 起生效。"
      )
    case .suspended:
      FourTexts(
        en: "The chamber suspended it on {since}.",
        ar: "علّقتها الغرفة بتاريخ {since}.",
        fr: "La chambre l’a suspendu le {since}.",
        zh: "商会已于 {since} 将其暂停。"
      )
    case .revoked:
      FourTexts(
        en: "The chamber withdrew it on {at}.",
        ar: "سحبتها الغرفة بتاريخ {at}.",
        fr: "La chambre l’a retiré le {at}.",
        zh: "商会已于 {at} 将其撤销。"
      )
    case .superseded:
      FourTexts(
        en: "It was replaced by {by} on {at}.",
        ar: "حلّت محلها الشهادة {by} بتاريخ {at}.",
        fr: "Il a été remplacé par {by} le {at}.",
        zh: "已于 {at} 由 {by} 取代。"
      )
    case .suspendedOrEnded:
      FourTexts(
        en: "It is suspended or withdrawn; this form does not say which.",
        ar: "الشهادة معلّقة أو مسحوبة، ولا تبيّن هذه الصيغة أيّهما.",
        fr: "Il est suspendu ou retiré\u{A0}; cette forme ne dit pas lequel.",
        zh: "它已暂停或撤销；此形式未说明是哪一种。"
      )
    case .issuerSuspended:
      FourTexts(
        en: "The recognition of {issuer} was paused on {since}.",
        ar: "عُلّق الاعتراف بالجهة {issuer} بتاريخ {since}.",
        fr: "L’agrément de l’émetteur {issuer} a été suspendu le {since}.",
        zh: "对 {issuer} 的认可已于 {since} 暂停。"
      )
    case .issuerWithdrawn:
      FourTexts(
        en: "The recognition of {issuer} was withdrawn on {since}.",
        ar: "سُحب الاعتراف بالجهة {issuer} بتاريخ {since}.",
        fr: "L’agrément de l’émetteur {issuer} a été retiré le {since}.",
        zh: "对 {issuer} 的认可已于 {since} 撤销。"
      )
    case .policyValidityTooLong:
      FourTexts(
        en: "It claims {days} days; {max} are allowed.",
        ar: "عدد أيام صلاحيتها المذكور {days}، والحد الأقصى المسموح به {max}.",
        fr: "Il annonce une durée de {days} jours\u{A0}; le maximum admis est {max}.",
        zh: "其声明的有效期为 {days} 天，最多允许 {max} 天。"
      )
    case .statusUnavailable:
      FourTexts(
        en: "The status list could not be read.",
        ar: "تعذّرت قراءة قائمة الحالات.",
        fr: "La liste d’états n’a pas pu être lue.",
        zh: "无法读取状态列表。"
      )
    case .statusUnusable:
      FourTexts(
        en: "The status list cannot be used: {why}.",
        ar: "لا يمكن استخدام قائمة الحالات: {why}.",
        fr: "La liste d’états est inutilisable\u{A0}: {why}.",
        zh: "状态列表无法使用：{why}。"
      )

    case .statusRollback:
      FourTexts(
        en: "We were shown an older status than one already seen.",
        ar: "عُرضت علينا حالة أقدم من حالة سبق أن اطّلعنا عليها.",
        fr: "On nous a présenté un état plus ancien que celui déjà vu.",
        zh: "我们得到的状态比先前见过的更旧。"
      )
    case .statusStale:
      FourTexts(
        en: "The status is too old ({asOf}).",
        ar: "بيانات الحالة قديمة جدًا ({asOf}).",
        fr: "L’état est trop ancien ({asOf}).",
        zh: "状态信息过旧（{asOf}）。"
      )
    case .answerExpired:
      FourTexts(
        en: "This answer was good until {notAfter}. Ask again.",
        ar: "كانت هذه الإجابة صالحة حتى {notAfter}. يُرجى الاستعلام من جديد.",
        fr: "Cette réponse était valable jusqu’au {notAfter}. Veuillez refaire la demande.",
        zh: "此答复的有效期至 {notAfter}。请重新查询。"
      )
    case .trustListDue:
      FourTexts(
        en: "A newer list of chambers was due on {nextUpdate}.",
        ar: "كان من المقرر صدور قائمة أحدث للغرف بتاريخ {nextUpdate}.",
        fr: "Une liste des chambres plus récente était attendue le {nextUpdate}.",
        zh: "新的商会名单原定于 {nextUpdate} 发布。"
      )
    case .trustListStale:
      FourTexts(
        en: "Our list of chambers is too old ({asOf}).",
        ar: "قائمة الغرف المتوفرة لدينا قديمة جدًا ({asOf}).",
        fr: "Notre liste des chambres est trop ancienne ({asOf}).",
        zh: "我们的商会名单过旧（{asOf}）。"
      )
    case .trustListRollback:
      FourTexts(
        en: "We were shown an older list of chambers.",
        ar: "عُرضت علينا قائمة للغرف أقدم من القائمة المعروفة لدينا.",
        fr: "On nous a présenté une liste des chambres plus ancienne.",
        zh: "我们得到的商会名单比已知的更旧。"
      )
    case .trustDataUnavailable:
      FourTexts(
        en: "The {what} could not be read or is too old.",
        ar: "تعذّرت قراءة هذه البيانات أو أنها قديمة جدًا: {what}.",
        fr: "Donnée illisible ou trop ancienne\u{A0}: {what}.",
        zh: "以下数据无法读取或过旧：{what}。"
      )
    case .tableStale:
      FourTexts(
        en:
          """
          The list of marketplaces was last reviewed on {version}. Shop pages cannot be confirmed until it is reviewed.
          """,
        ar: "روجعت قائمة المنصات آخر مرة بتاريخ {version}. لا يمكن تأكيد صفحات المتاجر قبل مراجعتها من جديد.",
        fr:
          """
          La liste des places de marché a été revue le {version} pour la dernière fois. Les pages de boutiques ne \
          peuvent pas être confirmées avant sa prochaine révision.
          """,
        zh: "交易平台清单最近一次审查于 {version}。在重新审查之前，无法确认店铺页面。"
      )

    case .bindingNoMatch:
      FourTexts(
        en: "It belongs to {registered}, not to {asked}.",
        ar: "هذه الشهادة مخصصة للصفحة {registered} وليست للصفحة {asked}.",
        fr: "Il se rapporte à {registered}, et non à {asked}.",
        zh: "它属于 {registered}，而不属于 {asked}。"
      )
    case .redirectedOtherSite:
      FourTexts(
        en: "{from} leads to {to}, another site.",
        ar: "يحوّل العنوان {from} إلى {to}، وهو موقع آخر.",
        fr: "{from} mène à {to}, un autre site.",
        zh: "{from} 会转到另一个网站 {to}。"
      )
    case .scopePlatformOperatorOnly:
      FourTexts(
        en: "It covers the operator of {platform}, not its shops.",
        ar: "تشمل الشهادة الجهة المشغّلة لمنصة {platform}، ولا تشمل متاجرها.",
        fr: "Il couvre l’exploitant de la plateforme {platform}, non ses boutiques.",
        zh: "它只涵盖 {platform} 的运营方，不涵盖平台上的店铺。"
      )
    case .bindingFailed:
      FourTexts(
        en: "Since {since} the page no longer proves that it is theirs.",
        ar: "منذ {since} لم تعد الصفحة تُثبت أنها تابعة للعضو.",
        fr: "Depuis le {since}, la page ne prouve plus qu’elle leur appartient.",
        zh: "自 {since} 起，该页面不再能证明归其所有。"
      )
    case .bindingWithdrawn:
      FourTexts(
        en: "The page was taken off this certificate on {at}.",
        ar: "أُزيلت الصفحة من هذه الشهادة بتاريخ {at}.",
        fr: "La page a été retirée de ce certificat le {at}.",
        zh: "该页面已于 {at} 从此证书中移除。"
      )
    case .bindingStale:
      FourTexts(
        en: "The page had to be proved again by {reproveBy}.",
        ar: "كان يجب تجديد إثبات تبعية الصفحة في موعد أقصاه {reproveBy}.",
        fr: "L’appartenance de la page devait être prouvée à nouveau au plus tard le {reproveBy}.",
        zh: "该页面须在 {reproveBy} 之前重新证明归属。"
      )
    case .bindingNotProvable:
      FourTexts(
        en: "This kind of page cannot be told apart: {why}.",
        ar: "لا يمكن تمييز هذا النوع من الصفحات عن غيره: {why}.",
        fr: "Ce type de page ne peut pas être distingué des autres\u{A0}: {why}.",
        zh: "这类页面无法相互区分：{why}。"
      )
    case .platformURLUnknown:
      FourTexts(
        en: "{host} is not a shop address we know on this platform.",
        ar: "العنوان {host} ليس من عناوين المتاجر المعروفة لدينا على هذه المنصة.",
        fr: "{host} n’est pas une adresse de boutique que nous connaissons sur cette plateforme.",
        zh: "{host} 不是我们所知的该平台店铺地址。"
      )
    case .pageNotStated:
      FourTexts(
        en: "No page was stated.",
        ar: "لم تُحدَّد أي صفحة.",
        fr: "Aucune page n’a été indiquée.",
        zh: "未说明是哪个页面。"
      )
    case .pageDeclared:
      FourTexts(
        en: "The page was named when the certificate was issued; no proof of it is recorded.",
        ar: "ذُكرت الصفحة عند إصدار الشهادة، ولا يوجد إثبات مسجَّل لها.",
        fr: "La page a été citée lors de la délivrance\u{A0}; aucune preuve n’en est enregistrée.",
        zh: "该页面在签发时已申报；没有相关证明记录。"
      )
    case .bindingTooWide:
      FourTexts(
        en: "Such an address would cover other shops ({why}).",
        ar: "يشمل مثل هذا العنوان متاجر أخرى ({why}).",
        fr: "Une telle adresse couvrirait d’autres boutiques ({why}).",
        zh: "这样的地址会把其他店铺也包括在内（{why}）。"
      )
    case .bindingIsAuthority:
      FourTexts(
        en: "{host} belongs to an authority, or imitates one: no member's page is there.",
        ar: "{host} تابع لجهة اعتماد أو يقلّدها، ولا توجد فيه صفحة لأي عضو.",
        fr: "{host} appartient à une autorité ou en imite une\u{A0}: aucun membre n’y a de page.",
        zh: "{host} 属于某认可机构或仿冒该机构：其上没有任何会员的页面。"
      )
    case .bindingIsRedirector:
      FourTexts(
        en: "{host} only sends visitors elsewhere.",
        ar: "يقتصر الموقع {host} على تحويل الزوار إلى مواقع أخرى.",
        fr: "{host} ne fait que renvoyer les visiteurs ailleurs.",
        zh: "{host} 只是把访问者转到别处。"
      )
    case .schemeRefused:
      FourTexts(
        en: "The address must begin with `https://`.",
        ar: "يجب أن يبدأ العنوان بالصيغة `https://`.",
        fr: "L’adresse doit commencer par `https://`.",
        zh: "地址必须以 `https://` 开头。"
      )
    case .urlAmbiguous:
      FourTexts(
        en: "Programs read this address in different ways.",
        ar: "تقرأ البرامج هذا العنوان بطرق مختلفة.",
        fr: "Les programmes n’interprètent pas tous cette adresse de la même façon.",
        zh: "不同程序对此地址的解读不同。"
      )
    case .urlUserinfoRefused:
      FourTexts(
        en: "The address must not contain \"`@`\" before the path.",
        ar: "يجب ألا يحتوي العنوان على الرمز «`@`» قبل المسار.",
        fr: "L’adresse ne doit pas contenir «\u{A0}`@`\u{A0}» avant le chemin.",
        zh: "地址的路径之前不得含有“`@`”。"
      )
    case .urlTooLong:
      FourTexts(
        en: "The address is too long.",
        ar: "العنوان طويل جدًا.",
        fr: "L’adresse est trop longue.",
        zh: "地址过长。"
      )
    case .portRefused:
      FourTexts(
        en: "The port {port} is not allowed.",
        ar: "المنفذ {port} غير مسموح به.",
        fr: "Le port {port} n’est pas autorisé.",
        zh: "不允许使用端口 {port}。"
      )
    case .hostInvalid:
      FourTexts(
        en: "{host} is not a valid site name.",
        ar: "{host} ليس اسم موقع صالحًا.",
        fr: "{host} n’est pas un nom de site valable.",
        zh: "{host} 不是有效的网站名称。"
      )
    case .hostIsIP:
      FourTexts(
        en: "A number is not a site name.",
        ar: "لا يصح أن يكون اسم الموقع رقمًا.",
        fr: "Un nombre n’est pas un nom de site.",
        zh: "数字不是网站名称。"
      )

    case .unreadable:
      FourTexts(
        en: "This cannot be read: {why}. Give the number, link, badge or token.",
        ar: "تعذّرت قراءة ما أُدخل: {why}. أدخل رقم الشهادة أو رابطها أو صورة الشارة أو الرمز.",
        fr:
          "Cette saisie est illisible\u{A0}: {why}. Indiquez le numéro du certificat, son lien, le badge ou le jeton.",
        zh: "无法读取输入的内容：{why}。请提供证书编号、链接、徽章图片或令牌。"
      )
    case .tokenDamaged:
      FourTexts(
        en: "The token was damaged on the way ({part}). Copy it once more, whole.",
        ar: "تضرّر الرمز أثناء النسخ ({part}). انسخه كاملًا مرة أخرى.",
        fr: "Le jeton a été abîmé en chemin ({part}). Copiez-le de nouveau en entier.",
        zh: "令牌在传输中损坏（{part}）。请重新完整复制。"
      )
    case .pictureDamaged:
      FourTexts(
        en: "The picture cannot be read: {why}. Use the chamber's file, or the number on it.",
        ar: "تعذّرت قراءة الصورة: {why}. استخدم الملف كما سلّمته الغرفة، أو الرقم المكتوب عليها.",
        fr: "L’image est illisible\u{A0}: {why}. Utilisez le fichier remis par la chambre, ou le numéro qui y figure.",
        zh: "无法读取该图片：{why}。请使用商会提供的原始文件，或图片上的编号。"
      )
    case .schemeMissing:
      FourTexts(
        en: "The address has no https:// in front.",
        ar: "ينقص العنوان https:// في أوله.",
        fr: "Il manque https:// au début de l’adresse.",
        zh: "地址开头缺少 https://。"
      )
    case .notAnAddress:
      FourTexts(
        en: "This is not the address of a web page.",
        ar: "هذا ليس عنوان صفحة على الإنترنت.",
        fr: "Ce n’est pas l’adresse d’une page web.",
        zh: "这不是网页地址。"
      )
    case .insecureTransport:
      FourTexts(
        en: "The page is not protected by https.",
        ar: "الصفحة غير محمية ببروتوكول https.",
        fr: "La page n’est pas protégée par https.",
        zh: "该页面未受 https 保护。"
      )
    case .pageNotReachable:
      FourTexts(
        en: "The page could not be read.",
        ar: "تعذّرت قراءة الصفحة.",
        fr: "La page n’a pas pu être lue.",
        zh: "无法读取该页面。"
      )
    case .pageBlockedUs:
      FourTexts(
        en: "The page refused our reader.",
        ar: "رفضت الصفحة برنامج القراءة الخاص بنا.",
        fr: "La page a refusé notre lecteur.",
        zh: "该页面拒绝了我们的读取程序。"
      )
    case .pageTooLarge:
      FourTexts(
        en: "The page is larger than {limit}.",
        ar: "حجم الصفحة أكبر من {limit}.",
        fr: "La page dépasse {limit}.",
        zh: "该页面超过 {limit}。"
      )
    case .pageTooComplex:
      FourTexts(
        en: "The page is too complex to read safely.",
        ar: "الصفحة أعقد من أن تُقرأ بأمان.",
        fr: "La page est trop complexe pour être lue sans risque.",
        zh: "该页面过于复杂，无法安全读取。"
      )
    case .pageDiffersByClient:
      FourTexts(
        en: "The page shows different badges to different readers.",
        ar: "تعرض الصفحة شارات مختلفة باختلاف القارئ.",
        fr: "La page montre des badges différents selon le lecteur.",
        zh: "该页面向不同的读取者显示不同的徽章。"
      )
    case .notHTML:
      FourTexts(
        en: "This is not a web page ({type}).",
        ar: "هذه ليست صفحة ويب ({type}).",
        fr: "Ceci n’est pas une page web ({type}).",
        zh: "这不是网页（{type}）。"
      )
    case .charsetUnsupported:
      FourTexts(
        en: "We cannot read the page's characters ({charset}).",
        ar: "لا يمكننا قراءة ترميز أحرف الصفحة ({charset}).",
        fr: "Nous ne pouvons pas lire les caractères de la page ({charset}).",
        zh: "我们无法读取该页面的字符编码（{charset}）。"
      )
    case .tlsInvalid:
      FourTexts(
        en: "The page's secure connection is not valid.",
        ar: "الاتصال الآمن بالصفحة غير صالح.",
        fr: "La connexion sécurisée de la page n’est pas valable.",
        zh: "该页面的安全连接无效。"
      )
    case .fetchRefusedAddress:
      FourTexts(
        en: "The address is not on the public internet.",
        ar: "العنوان ليس على شبكة الإنترنت العامة.",
        fr: "L’adresse ne fait pas partie de l’internet public.",
        zh: "该地址不在公共互联网上。"
      )
    case .tooManyRedirects:
      FourTexts(
        en: "The page redirects too often.",
        ar: "تكرر الصفحة إعادة التوجيه أكثر من اللازم.",
        fr: "La page redirige trop de fois.",
        zh: "该页面重定向次数过多。"
      )
    case .deadline:
      FourTexts(
        en: "There was not enough time.",
        ar: "لم يكن الوقت كافيًا.",
        fr: "Le temps imparti n’a pas suffi.",
        zh: "时间不足。"
      )
    case .noscriptOnly:
      FourTexts(
        en: "The badge is only for browsers without scripts.",
        ar: "لا تظهر الشارة إلا في المتصفحات التي لا تشغّل البرامج النصية.",
        fr: "Le badge n’est destiné qu’aux navigateurs sans scripts.",
        zh: "该徽章仅供不运行脚本的浏览器显示。"
      )

    case .officialImageWithoutLink:
      FourTexts(
        en: "The badge picture has no link.",
        ar: "صورة الشارة لا تحمل رابطًا.",
        fr: "L’image du badge n’a pas de lien.",
        zh: "徽章图片没有链接。"
      )
    case .linkToAuthorityWithoutCredential:
      FourTexts(
        en: "The link names no certificate.",
        ar: "لا يشير الرابط إلى أي شهادة.",
        fr: "Le lien ne désigne aucun certificat.",
        zh: "该链接未指明任何证书。"
      )
    case .claimTextWithoutLink:
      FourTexts(
        en: "The page claims a membership without a badge.",
        ar: "تدّعي الصفحة العضوية من دون شارة.",
        fr: "La page se réclame d’une adhésion sans badge.",
        zh: "该页面声称具有会员资格，但没有徽章。"
      )
    case .notInSource:
      FourTexts(
        en: "A program may add the badge; we do not run programs.",
        ar: "ربما يضيف برنامج ما الشارة إلى الصفحة؛ ونحن لا نشغّل البرامج.",
        fr: "Un programme ajoute peut-être le badge\u{A0}; nous n’exécutons pas de programmes.",
        zh: "徽章可能由程序添加；我们不运行程序。"
      )
    case .scriptsPresent:
      FourTexts(
        en: "Programs may change what the page shows.",
        ar: "قد تغيّر البرامج ما تعرضه الصفحة.",
        fr: "Des programmes peuvent modifier ce que la page affiche.",
        zh: "程序可能会改变页面显示的内容。"
      )
    case .duplicateAttribute:
      FourTexts(
        en: "The link is written twice in one tag.",
        ar: "كُتب الرابط مرتين في وسم واحد.",
        fr: "Le lien est écrit deux fois dans une même balise.",
        zh: "同一标签中写了两次链接。"
      )
    case .suspiciousMarkup:
      FourTexts(
        en: "The badge is written in a misleading way.",
        ar: "كُتبت الشارة بطريقة مضللة.",
        fr: "Le badge est écrit de manière trompeuse.",
        zh: "徽章的写法具有误导性。"
      )
    case .linkHasEventHandler:
      FourTexts(
        en: "A program may change where the badge leads.",
        ar: "قد يغيّر برنامج ما وجهة رابط الشارة.",
        fr: "Un programme peut modifier la destination du badge.",
        zh: "程序可能会改变徽章的去向。"
      )
    case .hiddenByMarkup:
      FourTexts(
        en: "The badge is hidden on the page.",
        ar: "الشارة مخفية في الصفحة.",
        fr: "Le badge est caché dans la page.",
        zh: "徽章在页面上被隐藏。"
      )
    case .baseElement:
      FourTexts(
        en: "The page moves its relative links to {href}.",
        ar: "تحوّل الصفحة روابطها النسبية إلى {href}.",
        fr: "La page rattache ses liens relatifs à {href}.",
        zh: "该页面将其相对链接指向 {href}。"
      )
    case .unusualURLForm:
      FourTexts(
        en: "The link is spelled in an unusual way.",
        ar: "كُتب الرابط بصيغة غير معتادة.",
        fr: "Le lien est écrit d’une façon inhabituelle.",
        zh: "该链接的写法不寻常。"
      )
    case .metaRefresh:
      FourTexts(
        en: "The page sends visitors on to {to}.",
        ar: "تحوّل الصفحة الزوار إلى {to}.",
        fr: "La page renvoie les visiteurs vers {to}.",
        zh: "该页面会把访问者转到 {to}。"
      )
    case .framesNotExamined:
      FourTexts(
        en: "Parts from other pages were not read.",
        ar: "لم تُقرأ الأجزاء المأخوذة من صفحات أخرى.",
        fr: "Les parties provenant d’autres pages n’ont pas été lues.",
        zh: "未读取来自其他页面的部分。"
      )
    case .parserDependent:
      FourTexts(
        en: "Browsers differ on this badge.",
        ar: "تختلف المتصفحات في التعامل مع هذه الشارة.",
        fr: "Les navigateurs traitent ce badge différemment.",
        zh: "各浏览器对此徽章的处理不同。"
      )
    case .userContentPossible:
      FourTexts(
        en: "Visitors may have written this part.",
        ar: "ربما كتب الزوار هذا الجزء.",
        fr: "Cette partie a peut-être été écrite par des visiteurs.",
        zh: "这部分可能由访问者撰写。"
      )
    case .redirectedFrom:
      FourTexts(
        en: "We were sent here from {from}.",
        ar: "حُوّلنا إلى هنا من {from}.",
        fr: "Nous avons été redirigés ici depuis {from}.",
        zh: "我们是从 {from} 转到这里的。"
      )
    case .hostScriptMixed:
      FourTexts(
        en: "The site's name mixes alphabets.",
        ar: "يخلط اسم الموقع بين أبجديات مختلفة.",
        fr: "Le nom du site mélange plusieurs alphabets.",
        zh: "网站名称混用了不同的文字。"
      )
    case .structureLimit:
      FourTexts(
        en: "The page is nested very deeply.",
        ar: "عناصر الصفحة متداخلة تداخلًا عميقًا جدًا.",
        fr: "La page est imbriquée très profondément.",
        zh: "该页面嵌套层次极深。"
      )
    case .truncated:
      FourTexts(
        en: "Only {kept} of {found} badges are listed.",
        ar: "عدد الشارات المعروضة {kept} فقط من أصل {found}.",
        fr: "Badges affichés\u{A0}: {kept} sur {found}.",
        zh: "共 {found} 枚徽章，仅列出 {kept} 枚。"
      )
    }
  }
}
