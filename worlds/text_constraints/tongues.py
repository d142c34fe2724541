"""Tongues: small banks of own sentences in thirty languages, for drafts that must not be English.

Knows nothing of grammar: a draft in another language is sentences of its bank.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from maieutic.worlds.text_constraints.prose import VOCABULARY

BANKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "de": (
            "Am Anfang braucht man vor allem Geduld und ein wenig Zeit.",
            "Viele Leute in unserer Straße haben damit schon gute Erfahrungen gemacht.",
            "Wer langsam beginnt und genau hinsieht lernt am meisten.",
            "Das klingt schwierig und ist doch eigentlich ganz einfach.",
            "Meine Nachbarin hat mir gezeigt wie man es richtig macht.",
            "Am Abend sitzen wir zusammen und sprechen über den Tag.",
            "Manchmal geht etwas schief aber das gehört eben dazu.",
            "Mit der Zeit entwickelt jeder seine eigenen Gewohnheiten.",
        ),
        "fr": (
            "Au début il faut surtout de la patience et un peu de temps.",
            "Beaucoup de gens de notre quartier ont déjà essayé avec succès.",
            "Ceux qui commencent doucement apprennent souvent le plus.",
            "Cela semble difficile mais en réalité c'est assez simple.",
            "Ma voisine m'a montré comment il fallait faire.",
            "Le soir nous parlons ensemble de tout ce qui est arrivé.",
            "Parfois quelque chose ne marche pas et ce n'est pas grave.",
            "Avec les années chacun trouve sa propre façon de travailler.",
        ),
        "es": (
            "Al principio hace falta sobre todo paciencia y un poco de tiempo.",
            "Muchas personas de nuestro barrio ya lo han probado con éxito.",
            "Quien empieza despacio y mira con cuidado aprende mucho más.",
            "Parece difícil pero en realidad es bastante sencillo.",
            "Mi vecina me enseñó cómo se hace todo esto.",
            "Por la noche hablamos juntos de lo que ha pasado durante el día.",
            "A veces algo sale mal y eso también forma parte de la vida.",
            "Con los años cada uno encuentra su propia manera de trabajar.",
        ),
        "it": (
            "All'inizio ci vogliono soprattutto pazienza e un po' di tempo.",
            "Molte persone del nostro quartiere hanno già provato con successo.",
            "Chi comincia piano e guarda con attenzione impara molto di più.",
            "Sembra difficile ma in realtà è una cosa abbastanza semplice.",
            "La mia vicina mi ha mostrato come si deve fare.",
            "La sera parliamo insieme di quello che è successo durante il giorno.",
            "Qualche volta qualcosa va storto e anche questo fa parte della vita.",
            "Con gli anni ognuno trova il proprio modo di lavorare.",
        ),
        "pt": (
            "No começo é preciso sobretudo paciência e um pouco de tempo.",
            "Muitas pessoas do nosso bairro já experimentaram e não se arrependeram.",
            "Quem começa devagar e olha com atenção aprende muito mais.",
            "Parece difícil mas na verdade não é nada complicado.",
            "A minha vizinha mostrou como se faz tudo isso.",
            "À noite conversamos juntos sobre o que aconteceu durante o dia.",
            "Às vezes alguma coisa não dá certo e isso também faz parte da vida.",
            "Com os anos cada um encontra a sua própria maneira de trabalhar.",
        ),
        "fi": (
            "Aluksi tarvitaan ennen kaikkea kärsivällisyyttä ja vähän aikaa.",
            "Monet naapurit ovat jo kokeilleet sitä ja olleet tyytyväisiä.",
            "Se joka aloittaa hitaasti oppii yleensä eniten.",
            "Se kuulostaa vaikealta mutta on oikeastaan melko helppoa.",
            "Naapurini näytti minulle miten se tehdään oikein.",
            "Illalla istumme yhdessä ja puhumme päivän tapahtumista.",
            "Joskus jokin menee pieleen mutta sekin kuuluu asiaan.",
        ),
        "pl": (
            "Na początku potrzeba przede wszystkim cierpliwości i trochę czasu.",
            "Wielu ludzi z naszej ulicy próbowało tego już z powodzeniem.",
            "Kto zaczyna powoli i uważnie patrzy ten uczy się najwięcej.",
            "Brzmi to trudno ale w rzeczywistości jest całkiem proste.",
            "Moja sąsiadka pokazała mi jak należy to zrobić.",
            "Wieczorem siedzimy razem i rozmawiamy o minionym dniu.",
            "Czasami coś się nie udaje i to też jest część życia.",
        ),
        "ru": (
            "Сначала нужно прежде всего терпение и немного времени.",
            "Многие люди на нашей улице уже пробовали это с успехом.",
            "Тот кто начинает медленно и смотрит внимательно учится больше всех.",
            "Это кажется трудным но на самом деле всё довольно просто.",
            "Моя соседка показала мне как это надо делать.",
            "Вечером мы сидим вместе и говорим о прошедшем дне.",
            "Иногда что-то не получается и это тоже часть жизни.",
        ),
        "sw": (
            "Mwanzoni unahitaji uvumilivu na muda kidogo wa kufanya kazi hii.",
            "Watu wengi wa mtaa wetu wamejaribu na wamefanikiwa sana.",
            "Yule anayeanza polepole na kuangalia vizuri hujifunza zaidi.",
            "Inaonekana kuwa ngumu lakini kwa kweli ni rahisi sana.",
            "Jirani yangu alinionyesha jinsi ya kufanya kazi hiyo vizuri.",
            "Jioni tunakaa pamoja na kuzungumza kuhusu mambo ya siku nzima.",
            "Wakati mwingine mambo huharibika na hiyo ni sehemu ya maisha.",
        ),
        "vi": (
            "Lúc đầu chúng ta cần kiên nhẫn và một chút thời gian.",
            "Nhiều người trong khu phố của chúng tôi đã thử và rất hài lòng.",
            "Người bắt đầu chậm rãi và quan sát kỹ thường học được nhiều hơn.",
            "Việc này nghe có vẻ khó nhưng thật ra khá đơn giản.",
            "Người hàng xóm đã chỉ cho tôi cách làm đúng.",
            "Buổi tối chúng tôi ngồi cùng nhau và nói chuyện về một ngày đã qua.",
            "Đôi khi có điều gì đó không thành công và đó cũng là cuộc sống.",
        ),
        "uk": (
            "Спочатку потрібно насамперед терпіння і трохи часу.",
            "Багато людей на нашій вулиці вже пробували це з успіхом.",
            "Той хто починає повільно і дивиться уважно вчиться найбільше.",
            "Моя сусідка показала мені як це треба робити.",
            "Увечері ми сидимо разом і розмовляємо про минулий день.",
        ),
        "bg": (
            "В началото са нужни преди всичко търпение и малко време.",
            "Много хора от нашата улица вече са опитвали това с успех.",
            "Който започва бавно и гледа внимателно научава най-много.",
            "Моята съседка ми показа как трябва да се направи.",
            "Вечер седим заедно и говорим за изминалия ден.",
        ),
        "ar": (
            "في البداية نحتاج إلى الصبر وإلى قليل من الوقت.",
            "كثير من الناس في حينا جربوا ذلك ونجحوا فيه.",
            "من يبدأ ببطء وينظر جيدا يتعلم أكثر من غيره.",
            "في المساء نجلس معا ونتحدث عن أحداث اليوم.",
        ),
        "fa": (
            "در آغاز بیش از هر چیز به صبر و کمی وقت نیاز داریم.",
            "بسیاری از مردم محله ما این کار را امتحان کرده‌اند و راضی هستند.",
            "کسی که آهسته شروع می‌کند و خوب نگاه می‌کند بیشتر یاد می‌گیرد.",
            "شب‌ها کنار هم می‌نشینیم و درباره روزی که گذشت گفتگو می‌کنیم.",
        ),
        "ur": (
            "شروع میں سب سے زیادہ صبر اور تھوڑے وقت کی ضرورت ہوتی ہے۔",
            "ہماری گلی کے بہت سے لوگ یہ کام کر چکے ہیں اور خوش ہیں۔",
            "جو آہستہ شروع کرتا ہے اور غور سے دیکھتا ہے وہ زیادہ سیکھتا ہے۔",
            "شام کو ہم ساتھ بیٹھتے ہیں اور دن بھر کی باتیں کرتے ہیں۔",
        ),
        "he": (
            "בהתחלה צריך בעיקר סבלנות וקצת זמן.",
            "הרבה אנשים ברחוב שלנו כבר ניסו את זה בהצלחה.",
            "מי שמתחיל לאט ומסתכל היטב לומד יותר מכולם.",
            "בערב אנחנו יושבים יחד ומדברים על היום שעבר.",
        ),
        "hi": (
            "शुरुआत में सबसे अधिक धैर्य और थोड़े समय की ज़रूरत होती है।",
            "हमारी गली के बहुत से लोग यह काम कर चुके हैं और खुश हैं।",
            "जो धीरे शुरू करता है और ध्यान से देखता है वह अधिक सीखता है।",
            "शाम को हम साथ बैठते हैं और दिन भर की बातें करते हैं।",
        ),
        "mr": (
            "सुरुवातीला सर्वात जास्त संयम आणि थोडा वेळ लागतो.",
            "आमच्या गल्लीतील अनेक लोकांनी हे आधीच करून पाहिले आहे.",
            "जो हळूहळू सुरुवात करतो आणि नीट पाहतो तो जास्त शिकतो.",
            "संध्याकाळी आम्ही एकत्र बसतो आणि दिवसभराच्या गोष्टी सांगतो.",
        ),
        "ne": (
            "सुरुमा सबैभन्दा बढी धैर्य र थोरै समय चाहिन्छ।",
            "हाम्रो टोलका धेरै मानिसहरूले यो काम गरिसकेका छन् र खुसी छन्।",
            "जसले बिस्तारै सुरु गर्छ र राम्ररी हेर्छ उसले धेरै सिक्छ।",
            "साँझमा हामी सँगै बस्छौं र दिनभरिका कुराहरू गर्छौं।",
        ),
        "bn": (
            "শুরুতে সবচেয়ে বেশি দরকার ধৈর্য আর একটু সময়।",
            "আমাদের পাড়ার অনেক মানুষ এই কাজ করে দেখেছেন এবং খুশি হয়েছেন।",
            "যে ধীরে শুরু করে আর মন দিয়ে দেখে সে বেশি শেখে।",
            "সন্ধ্যায় আমরা একসঙ্গে বসি আর সারা দিনের গল্প করি।",
        ),
        "gu": (
            "શરૂઆતમાં સૌથી વધારે ધીરજ અને થોડો સમય જોઈએ છે.",
            "અમારી શેરીના ઘણા લોકોએ આ કામ કર્યું છે અને ખુશ છે.",
            "જે ધીમે શરૂ કરે છે અને ધ્યાનથી જુએ છે તે વધારે શીખે છે.",
            "સાંજે અમે સાથે બેસીએ છીએ અને દિવસની વાતો કરીએ છીએ.",
        ),
        "pa": (
            "ਸ਼ੁਰੂ ਵਿੱਚ ਸਭ ਤੋਂ ਵੱਧ ਸਬਰ ਅਤੇ ਥੋੜ੍ਹੇ ਸਮੇਂ ਦੀ ਲੋੜ ਹੁੰਦੀ ਹੈ।",
            "ਸਾਡੀ ਗਲੀ ਦੇ ਬਹੁਤ ਸਾਰੇ ਲੋਕ ਇਹ ਕੰਮ ਕਰ ਚੁੱਕੇ ਹਨ ਅਤੇ ਖੁਸ਼ ਹਨ।",
            "ਜੋ ਹੌਲੀ ਸ਼ੁਰੂ ਕਰਦਾ ਹੈ ਅਤੇ ਧਿਆਨ ਨਾਲ ਵੇਖਦਾ ਹੈ ਉਹ ਵੱਧ ਸਿੱਖਦਾ ਹੈ।",
            "ਸ਼ਾਮ ਨੂੰ ਅਸੀਂ ਇਕੱਠੇ ਬੈਠਦੇ ਹਾਂ ਅਤੇ ਦਿਨ ਦੀਆਂ ਗੱਲਾਂ ਕਰਦੇ ਹਾਂ।",
        ),
        "ta": (
            "தொடக்கத்தில் பொறுமையும் சிறிது நேரமும் மிகவும் தேவை.",
            "எங்கள் தெருவில் பலர் இதை முயன்று மகிழ்ச்சி அடைந்துள்ளனர்.",
            "மெதுவாக தொடங்கி கவனமாக பார்ப்பவர் அதிகம் கற்றுக்கொள்கிறார்.",
            "மாலையில் நாங்கள் ஒன்றாக அமர்ந்து பேசிக்கொண்டிருப்போம்.",
        ),
        "te": (
            "మొదట్లో ఓపిక మరియు కొంత సమయం చాలా అవసరం.",
            "మా వీధిలో చాలా మంది ఈ పని చేసి సంతోషించారు.",
            "నెమ్మదిగా మొదలుపెట్టి జాగ్రత్తగా చూసేవారు ఎక్కువ నేర్చుకుంటారు.",
            "సాయంత్రం మేము కలిసి కూర్చుని రోజు గురించి మాట్లాడుకుంటాము.",
        ),
        "kn": (
            "ಆರಂಭದಲ್ಲಿ ತಾಳ್ಮೆ ಮತ್ತು ಸ್ವಲ್ಪ ಸಮಯ ಬಹಳ ಮುಖ್ಯ.",
            "ನಮ್ಮ ಬೀದಿಯ ಅನೇಕ ಜನರು ಈ ಕೆಲಸ ಮಾಡಿ ಸಂತೋಷಪಟ್ಟಿದ್ದಾರೆ.",
            "ನಿಧಾನವಾಗಿ ಆರಂಭಿಸಿ ಗಮನವಿಟ್ಟು ನೋಡುವವರು ಹೆಚ್ಚು ಕಲಿಯುತ್ತಾರೆ.",
            "ಸಂಜೆ ನಾವು ಒಟ್ಟಿಗೆ ಕುಳಿತು ದಿನದ ಬಗ್ಗೆ ಮಾತನಾಡುತ್ತೇವೆ.",
        ),
        "ml": (
            "തുടക്കത്തിൽ ക്ഷമയും കുറച്ച് സമയവും വളരെ ആവശ്യമാണ്.",
            "ഞങ്ങളുടെ തെരുവിലെ പലരും ഇത് ചെയ്തു സന്തോഷിച്ചിട്ടുണ്ട്.",
            "പതുക്കെ തുടങ്ങി ശ്രദ്ധയോടെ നോക്കുന്നവർ കൂടുതൽ പഠിക്കുന്നു.",
            "വൈകുന്നേരം ഞങ്ങൾ ഒരുമിച്ചിരുന്ന് സംസാരിക്കാറുണ്ട്.",
        ),
        "th": (
            "ในตอนแรกเราต้องมีความอดทนและเวลาเล็กน้อย.",
            "หลายคนในซอยของเราเคยลองทำแล้วและรู้สึกพอใจมาก.",
            "คนที่เริ่มช้าๆ และมองอย่างตั้งใจมักจะเรียนรู้ได้มากกว่า.",
            "ตอนเย็นเรานั่งด้วยกันและคุยกันเรื่องของวันนี้.",
        ),
        "ko": (
            "처음에는 무엇보다 인내심과 약간의 시간이 필요합니다.",
            "우리 동네의 많은 사람들이 이미 해 보고 만족했습니다.",
            "천천히 시작하고 자세히 보는 사람이 더 많이 배웁니다.",
            "저녁에는 함께 앉아서 하루 동안 있었던 일을 이야기합니다.",
        ),
        "ja": (
            "はじめは何よりも根気と少しの時間が必要です。",
            "近所の多くの人がすでに試してとても満足しています。",
            "ゆっくり始めてよく見る人がいちばん多くを学びます。",
            "夜になるとみんなで座って一日の出来事を話します。",
        ),
    }
)


@cache
def _vocabulary(code: str) -> frozenset[str]:
    return frozenset(word for one in BANKS[code] for word in re.findall(r"\w+", one.lower()))


def tongue(text: str) -> str:
    """The language of the bank whose words `text` uses most; English where no bank has more than English.

    >>> tongue(BANKS["fi"][0]), tongue("The keys are on the table.")
    ('fi', 'en')
    """
    seen = set(re.findall(r"\w+", text.lower()))
    scores = {code: len(seen & _vocabulary(code)) for code in BANKS}
    best = max(BANKS, key=lambda code: scores[code])
    return best if scores[best] > len(seen & VOCABULARY) else "en"


def foreign(code: str, rng: random.Random) -> str:
    """One sentence in the language `code`.

    >>> from maieutic import rng
    >>> foreign("de", rng(0)) in BANKS["de"]
    True
    """
    return rng.choice(BANKS[code])
