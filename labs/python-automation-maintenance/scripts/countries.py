# chore: look codes up for a report
# born: 2023-01-01
# needs: pycountry
import pycountry

for code in ("DE", "AF", "CI"):
    country = pycountry.countries.get(alpha_2=code)
    print(country.alpha_3, country.numeric, country.name)
