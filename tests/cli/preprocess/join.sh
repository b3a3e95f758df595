# Columns of other tables beside each row; keyed pseudonyms.
printf 'user,item,rating\na,x,1\na,gone,2\n' >e.csv
printf 'item,title,genres\nx,"A, title",drama\ny,B,comedy\n' >items.csv
printf 'user,age\na,33\n' >users.csv
preprocess -j$J --join items.csv:on=item,columns=title --join users.csv:on=user e.csv 2>&1
preprocess -q --join items.csv e.csv
echo "exit $?"
printf 'a key of more than sixteen bytes' >key
preprocess -q --pseudonymise key e.csv | tee p.csv
printf 'user,age\na,33\n' | preprocess -q --kind users --pseudonymise key | cut -d, -f1
preprocess -q --pseudonymise key --pseudonym-columns user,item e.csv | tail -1
printf short >weak
preprocess -q --pseudonymise weak e.csv
echo "exit $?"
