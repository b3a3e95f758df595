# One set of events in every shape that raw files have: the same canonical CSV comes out.
printf '196\t242\t3\t881250949\n22\t377\t1\t878887116\n' >tab
printf '196::242::3::881250949\n22::377::1::878887116\n' >colons
printf '196|242|3|1997-12-04T15:55:49Z\r\n22|377|1|1997-11-07T07:18:36+00:00\r\n' >bars
printf '\357\273\277rating,userId,timestamp,movieId\n3,196,881250949,242\n1,22,878887116,377\n' >named
printf '{"u":{"id":"196"},"i":242,"r":3.0,"t":881250949000}\n{"u":{"id":"22"},"i":377,"r":1,"t":878887116000}\n' >lines
preprocess -q -j$J tab --no-header --map user=1,item=2,rating=3,time=4 | tee first
preprocess -q colons --no-header --map user=1,item=2,rating=3,time=4 | cmp - first && echo colons
preprocess -q bars --no-header --map user=1,item=2,rating=3 --map time=4 | cmp - first && echo bars
preprocess -q named --map user=userId,item=movieId,time=timestamp | cmp - first && echo named
preprocess -q lines --map user=u.id,item=i,rating=r,time=t --time-format unix-ms --drop u | cmp - first && echo lines
gzip -c tab | preprocess -q - --no-header --map user=1,item=2,rating=3,time=4 | cmp - first && echo gzip
preprocess -q --no-header --map user=1,item=2,rating=3,time=4 -o out.csv <tab && cmp out.csv first && echo file
printf 'u,i,when\na,b,11/12/2019 2:14:46 PM\n' | preprocess -q --map user=u,item=i,time=when --time-format '%m/%d/%Y %I:%M:%S %p'
printf '1|Amelie caf\351|x "y" z\n' | preprocess -q --kind items --no-header --no-quotes --encoding latin1 --map item=1,title=2,note=3
